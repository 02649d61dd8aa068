"""The part of docs/performance.md about books in and out, out of what `bench.importing` found."""

from bench.figures import Raw
from bench.tables import number, table

LISTS = {"csv": "CSV", "marc": "MARC, the records kept"}
COLUMNS = ("read", "bare_table", "bare_library", "imported", "grown_mb")


def parts(found: Raw) -> dict[str, str]:
    return {"importing_targets": _targets(found), "importing": _lists(found), "exporting": _out(found)}


def _targets(found: Raw) -> str:
    csv, marc, slowest = (
        found["lists"]["csv"],
        found["lists"]["marc"],
        min(one["books_a_second"] for one in found["out"]),
    )
    head = ("", "wanted", "found")
    rows = [
        _at_least("CSV, rows a second", 6_000, csv["imported"]),
        _at_least("CSV, to reading and `executemany` into one table", 0.4, csv["imported"] / csv["bare_table"]),
        _at_least("CSV, to reading and `executemany` of all rows", 0.4, csv["imported"] / csv["bare_library"]),
        _at_least("MARC, to reading alone", 0.5, marc["imported"] / marc["read"]),
        _at_least("books out a second, the slowest format", 6_000, slowest),
    ]
    return table(head, rows)


def _at_least(what: str, wanted: float, found: float) -> tuple[str, str, str]:
    return what, f"at least {number(wanted)}", f"{number(found)} {'✓' if found >= wanted else '✗'}"


def _lists(found: Raw) -> str:
    head = ("records a second", "reading alone", "and into one table", "and all rows", "**imported**", "MB grown")
    rows = [[title, *(number(found["lists"][name][column]) for column in COLUMNS)] for name, title in LISTS.items()]
    return table(head, rows)


def _out(found: Raw) -> str:
    names = ("books_a_second", "mb", "grown_mb")
    rows = [[one["format"], *(number(one[name]) for name in names)] for one in found["out"]]
    return table(("", "books a second", "MB written", "MB grown meanwhile"), rows)
