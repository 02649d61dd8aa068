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
    ours, bare = (run.reading("per_second", contender=one, **where) for one in ("bookplate", "bare"))
    return ours / bare if ours and bare else None


def _lending_on(wanted: str) -> Figure:
    return lambda run, store: _lending(run, store) if store == wanted else None


def _desk_page(run: Run, store: str) -> float | None:
    return run.reading("p99", set="lending", store=store, size=run.main_size, workload="desk-page")


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
    Target("checkouts and returns, compared with sqlite3 alone", _lending_on("sqlite"), least=0.4),
    Target("checkouts and returns, compared with pgbench", _lending_on("postgres"), least=0.3),
    Target("desk page, a scan, the slowest in a hundred", _desk_page, most=100, unit="ms"),
    Target(
        "a checkout: time from the smallest library to the largest",
        lambda run, store: run.growth("checkout-alone", "bookplate", store, of="lending"),
        most=1.5,
    ),
]
