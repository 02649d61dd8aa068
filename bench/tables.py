"""Tables in Markdown, and what they share."""

from collections.abc import Callable, Iterable, Sequence

from bench.figures import Run
from bench.targets import Target

STORES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
MISSING = "–"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float | None) -> str:
    if value is None:
        return MISSING
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def by_store(run: Run, rows: Callable[[Run, str], str]) -> str:
    return "\n\n".join(f"**{STORES[store]}**\n\n{rows(run, store)}" for store in run.stores)


def targets(run: Run, promised: Sequence[Target]) -> str:
    rows = [[one.words, one.wanted(), *(_verdict(one, run, store) for store in run.stores)] for one in promised]
    return table(["", "wanted", *(STORES[store] for store in run.stores)], rows)


def _verdict(target: Target, run: Run, store: str) -> str:
    value = target.figure(run, store)
    if value is None:
        return MISSING
    return f"{number(value)} {target.unit} {'✓' if target.is_kept(value) else '✗'}"
