"""The part of docs/performance.md about live events, out of what `bench.live` found."""

from bench.figures import Raw
from bench.tables import number, table

TITLES = {"bare": "bare `websockets`", "channels": "stock Channels", "bookplate": "**Bookplate**"}
COLUMNS = ("p50", "p99", "first-to-last", "MB")


def parts(found: Raw) -> dict[str, str]:
    return {"live": _crowd(found), "live_targets": _targets(found), "live_lasting": _lasting(found)}


def _crowd(found: Raw) -> str:
    head = ("", "half have it, ms", "99 of 100, ms", "from first to last, ms", "memory, MB")
    rows = [[title, *(number(found[name][column]) for column in COLUMNS)] for name, title in TITLES.items()]
    return table(head, rows)


def _targets(found: Raw) -> str:
    ours, bare, stock = (found[name]["p99"] for name in ("bookplate", "bare", "channels"))
    rows = [
        ("one event to 5,000 sockets, to bare `websockets`", "at most 3 ×", f"{number(ours / bare)} ×"),
        ("the same, to stock Channels", "at least 5 × faster", f"{number(stock / ours)} ×"),
        ("memory with 5,000 sockets", "under 1,000 MB", f"{number(found['bookplate']['MB'])} MB"),
        ("a checkout to another's socket, one process, median", "under 20 ms", _median(found, "one process")),
        ("the same, from one of four processes (PostgreSQL, Redis)", "under 50 ms", _median(found, "four processes")),
    ]
    return table(("", "wanted", "found"), rows)


def _median(found: Raw, where: str) -> str:
    return f"{number(found[where]['p50'])} ms"


def _lasting(found: Raw) -> str:
    one = found["lasting"]
    each_second = number(one["events"] / one["minutes"] / 60)
    return (
        f"{one['events']:,} events in {number(one['minutes'])} minutes, {each_second} a second, to "
        f"{one['sockets']:,} sockets, which share the machine with the server: it held "
        f"{number(one['MB'])} MB after the first tenth of the time, and {number(one['MB at the end'])} MB at its end."
    )
