"""The part of docs/performance.md about finding books."""

from typing import Any

from bench.figures import Raw, Run
from bench.tables import MISSING, STORES, number, table, targets
from bench.targets import SEARCH_TARGETS
from bench.workloads import SEARCH


def parts(results: Raw) -> dict[str, str]:
    run = Run(results, part="search")
    return {
        "search_targets": targets(run, SEARCH_TARGETS),
        "search": found(run),
        "search_growth": growth(run),
        "upkeep": upkeep(run),
    }


def found(run: Run) -> str:
    """Milliseconds at the main size; Calibre-Web is the same beside both databases, so the median of both counts."""
    columns = [f"{STORES[store]}: {what}" for store in run.stores for what in ("median ms", "95 of 100, ms")]
    return table(["", *columns, "Calibre-Web: median ms"], [_row(run, one) for one in SEARCH])


def _row(run: Run, workload: Any) -> list[str]:
    where = {"set": "search", "size": run.main_size, "workload": workload.name}
    ours = [
        run.reading(what, store=store, contender="bookplate", **where)
        for store in run.stores
        for what in ("p50", "p95")
    ]
    return [workload.title, *map(number, ours), number(run.reading("p50", contender="calibre-web", **where))]


def growth(run: Run) -> str:
    """Median milliseconds in each library."""
    if len(run.sizes) < 2:
        return "One size alone was measured in this run."
    head = ["ms", *(f"{STORES[store]}: {size:,}" for store in run.stores for size in run.sizes)]
    rows = [[one.title, *map(number, _medians(run, one))] for one in SEARCH]
    return table(
        [*head, *(f"growth, {STORES[store]}" for store in run.stores)],
        [
            [*row, *(number(run.growth(one.name, "bookplate", store)) for store in run.stores)]
            for row, one in zip(rows, SEARCH, strict=True)
        ],
    )


def _medians(run: Run, workload: Any) -> list[float | None]:
    where = {"set": "search", "contender": "bookplate", "workload": workload.name}
    return [run.reading("p50", store=store, size=size, **where) for store in run.stores for size in run.sizes]


def upkeep(run: Run) -> str:
    head = [
        "",
        "books",
        "made anew, s",
        "index, MB",
        "table of books and its other indexes, MB",
        "import of 10,000, s",
        "without the index, s",
    ]
    names = ["reindex_seconds", "index_mb", "table_mb", "import_with", "import_without"]
    rows = [
        [STORES[row["store"]], f"{row['size']:,}", *(number(row[name]) if name in row else MISSING for name in names)]
        for row in run.raw["upkeep"]
    ]
    return table(head, rows)
