"""What `bench/run` can be asked for; `python -m bench.options` checks it with nothing but Python."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

STORES = ("sqlite", "postgres")
SIZES = (10_000, 100_000, 1_000_000)
MAIN_SIZE = 100_000
EXPLANATION = """Starts each contender in turn on the same books, asks it the same things, and writes what came of it to
bench/results/local/. Ratios are only ever taken within one run.

Without options everything is measured: about 25 minutes, and 5 more the first time, when the
libraries are made. --quick takes 2 minutes and is good for trying a change. A number that is to be believed needs a
machine that does nothing else meanwhile."""


@dataclass(frozen=True)
class Options:
    sizes: list[int]
    stores: list[str]
    contenders: list[str]
    workloads: list[str]
    seconds: int
    rounds: int
    processes: int
    connections: int
    attacks: bool
    search: bool
    minutes: float
    publish: bool
    page: bool

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out that the page shows."""
        return set(self.sizes) >= set(SIZES) and set(self.stores) == set(STORES) and not self.narrowed

    @property
    def narrowed(self) -> bool:
        return bool(self.contenders or self.workloads)


def read(arguments: Sequence[str]) -> Options:
    given = vars(_parser().parse_args(arguments))
    quick = given.pop("quick")
    given["sizes"] = sorted(given["sizes"]) or ([SIZES[0]] if quick else list(SIZES))
    given["stores"] = given["stores"] or (["sqlite"] if quick else list(STORES))
    given["seconds"] = given["seconds"] or (1 if quick else 2)
    given["rounds"] = given["rounds"] or (1 if quick else 3)
    return Options(**given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "bench/run", description=EXPLANATION, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="10,000 books on SQLite, one round of one second each")
    add("--size", dest="sizes", type=_number, action="append", default=[], help="books in the library; may be repeated")
    add("--store", dest="stores", choices=STORES, action="append", default=[], help="may be repeated")
    add("--contender", dest="contenders", action="append", default=[], help="only this one; may be repeated")
    add("--workload", dest="workloads", action="append", default=[], help="only this one; may be repeated")
    add("--seconds", type=_number, default=0, help="how long each workload is measured in a round (2)")
    add("--rounds", type=_number, default=0, help="how often, the median counts (3)")
    add("--processes", type=_number, default=1, help="server processes of each contender (1)")
    add("--connections", type=_number, default=8, help="clients at once (8)")
    add("--attacks", action="store_true", help="instead: how Bookplate fares under load and ill use (about 15 minutes)")
    add("--search", action="store_true", help="instead: how books are found, beside Calibre-Web (about 25 minutes)")
    add("--minutes", type=float, default=10, help="how long memory is watched under load, with --attacks (10)")
    add("--publish", action="store_true", help="keep the results in bench/results/ and make docs/performance.md anew")
    add("--page", action="store_true", help="measure nothing: make docs/performance.md anew from bench/results/")
    return parser


def _number(text: str) -> int:
    value = int(text.replace(",", "").replace("_", ""))
    if value < 1:
        raise ValueError
    return value


if __name__ == "__main__":
    read(sys.argv[1:])
