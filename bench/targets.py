"""What Bookplate promises itself about speed, and whether a run kept it."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.figures import Run

Figure = Callable[[Run, str], float | None]


@dataclass(frozen=True)
class Target:
    words: str
    figure: Figure
    least: float = 0
    most: float = float("inf")
    unit: str = "×"

    def wanted(self) -> str:
        return f"≥ {self.least:g} {self.unit}" if self.least else f"< {self.most:g} {self.unit}"

    def is_kept(self, value: float) -> bool:
        return self.least <= value < self.most


def _ratio(workload: str, other: str) -> Figure:
    return lambda run, store: run.ratio(workload, other, store=store)


def _growth(workload: str) -> Figure:
    return lambda run, store: run.growth(workload, "bookplate", store)


def _signed_in(workload: str) -> Figure:
    def figure(run: Run, store: str) -> float | None:
        where = {"set": "api", "store": store, "size": run.main_size, "contender": "bookplate"}
        signed, anonymous = (
            run.reading("per_second", workload=name, **where) for name in (f"{workload}-jwt", workload)
        )
        return signed / anonymous if signed and anonymous else None

    return figure


def _page(workload: str) -> Figure:
    where = {"set": "api", "contender": "bookplate", "workload": f"{workload}-alone"}
    return lambda run, store: run.reading("p50", store=store, size=run.main_size, **where)


def _start(what: str) -> Figure:
    return lambda run, store: run.start(what, set="api", store=store, size=run.main_size, contender="bookplate")


def _lending(run: Run, store: str) -> float | None:
    where = {"set": "lending", "store": store, "size": run.main_size, "workload": "lending"}
    ours, bare = (run.reading("per_second", contender=one, **where) for one in ("engine", "bare"))
    return ours / bare if ours and bare else None


def _lending_on(wanted: str) -> Figure:
    return lambda run, store: _lending(run, store) if store == wanted else None


def _desk_page(run: Run, store: str) -> float | None:
    return run.reading("p99", set="lending", store=store, size=run.main_size, workload="desk-page")


def _slowest(workload: str) -> Figure:
    """Of twenty answers the slowest but one."""
    where = {"set": "search", "contender": "bookplate", "workload": workload}
    return lambda run, store: run.reading("p95", store=store, size=run.main_size, **where)


def _as_long(workload: str, other: str) -> Figure:
    """How many times as long one waits for `other`."""

    def figure(run: Run, store: str) -> float | None:
        where = {"set": "search", "store": store, "size": run.main_size, "workload": workload}
        theirs, ours = (run.reading("p50", contender=name, **where) for name in (other, "bookplate"))
        return theirs / ours if theirs and ours else None

    return figure


def _upkeep(what: str, by: str = "") -> Figure:
    """Of the largest library that has it; divided by another one of its figures."""

    def figure(run: Run, store: str) -> float | None:
        rows = [row for row in run.raw["upkeep"] if row["store"] == store and what in row]
        largest = max(rows, key=lambda row: row["size"], default=None)
        return largest and float(largest[what] / largest[by] if by else largest[what])

    return figure


TARGETS = [
    Target("100 books, compared with FastAPI", _ratio("list", "fastapi"), least=6),
    Target("100 books, compared with REST framework on ASGI", _ratio("list", "drf-asgi"), least=15),
    Target("100 books, compared with the floor", _ratio("list", "floor"), least=0.35),
    Target("one book, compared with FastAPI", _ratio("one", "fastapi"), least=2),
    Target("100 books with a JWT, compared with none", _signed_in("list"), least=0.75),
    Target("100 books: time from the smallest library to the largest", _growth("list"), most=1.5),
    Target("next page half-way: the same", _growth("next"), most=1.5),
    Target("one book: the same", _growth("one"), most=1.5),
    Target("start to first answer", _start("seconds"), most=2, unit="s"),
    Target("memory after start", _start("process_mb"), most=120, unit="MB"),
    Target("catalogue page, one client", _page("catalogue"), most=15, unit="ms"),
    Target("book page, one client", _page("book-page"), most=15, unit="ms"),
    Target("checkouts and returns by the engine, compared with sqlite3 alone", _lending_on("sqlite"), least=0.4),
    Target("checkouts and returns by the engine, compared with pgbench", _lending_on("postgres"), least=0.3),
    Target("desk page, a scan, the slowest in a hundred", _desk_page, most=100, unit="ms"),
    Target(
        "a checkout: time from the smallest library to the largest",
        lambda run, store: run.growth("checkout-alone", "bookplate", store, of="lending"),
        most=1.5,
    ),
]

SEARCH_TARGETS = [
    Target("one word, compared with Calibre-Web", _as_long("one-word", "calibre-web"), least=100),
    Target("two words, compared with Calibre-Web", _as_long("two-words", "calibre-web"), least=100),
    Target("one word, 95 of 100 answers", _slowest("one-word"), most=15, unit="ms"),
    Target("two words", _slowest("two-words"), most=15, unit="ms"),
    Target("a very common word", _slowest("common"), most=40, unit="ms"),
    Target("three letters", _slowest("prefix"), most=30, unit="ms"),
    Target("a misspelt word", _slowest("misspelt"), most=60, unit="ms"),
    Target("facets of one word", _slowest("facets"), most=60, unit="ms"),
    Target("two words: time from the smallest library to the largest", _growth("two-words"), most=2.5),
    Target("the index made anew, largest library", _upkeep("reindex_seconds"), most=60, unit="s"),
    Target(
        "the index, compared with the table of books and its other indexes", _upkeep("index_mb", "table_mb"), most=1.5
    ),
    Target("an import with the index, compared with one without", _upkeep("import_with", "import_without"), most=1.5),
]
