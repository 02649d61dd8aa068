"""Medians and ratios out of a run's raw readings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any

from bench.options import MAIN_SIZE

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """One run of `bench/run`; nothing here mixes two."""

    raw: Raw
    part: str = "api"
    """The set of contenders and questions that figures are of: `api` or `search`."""

    @cached_property
    def stores(self) -> list[str]:
        return list(dict.fromkeys(one["store"] for one in self.raw["readings"]))

    @property
    def _sets(self) -> tuple[str, ...]:
        return ("api", "lending") if self.part == "api" else (self.part,)

    @cached_property
    def sizes(self) -> list[int]:
        return sorted({one["size"] for one in self.raw["readings"] if one["set"] in self._sets})

    @property
    def main_size(self) -> int:
        """The one that most was asked of: 100,000 unless it was left out."""
        asked = [one["size"] for one in self.raw["readings"] if one["set"] in self._sets]
        if MAIN_SIZE in asked:
            return MAIN_SIZE
        return max(self.sizes, key=asked.count) if asked else 0

    def contenders(self, name: str = "api") -> list[str]:
        return list(dict.fromkeys(one["contender"] for one in self.raw["readings"] if one["set"] == name))

    def reading(self, what: str, **where: Any) -> float | None:
        """The median over the rounds of `per_second`, `p50`, `p90`, `p95` (of a search) or `p99` (ms)."""
        return _median(self.raw["readings"], what, where)

    def start(self, what: str, **where: Any) -> float | None:
        """The median over the rounds of `seconds` or one of the figures of memory (MB)."""
        return _median(self.raw["starts"], what, where)

    def ratio(self, workload: str, other: str, *, store: str, of: str = "bookplate") -> float | None:
        """How many times as many answers a second `of` gives as `other` does, at the main size."""
        where = {"set": self.part, "store": store, "size": self.main_size, "workload": workload}
        return _by(
            self.reading("per_second", contender=of, **where), self.reading("per_second", contender=other, **where)
        )

    def growth(self, workload: str, contender: str, store: str, of: str = "") -> float | None:
        """The median time of an answer from the largest library, divided by that from the smallest."""
        where = {"set": of or self.part, "store": store, "workload": workload, "contender": contender}
        if len(self.sizes) < 2:
            return None
        smallest, largest = (self.reading("p50", size=size, **where) for size in (self.sizes[0], self.sizes[-1]))
        return _by(largest, smallest)


def _median(rows: list[Raw], what: str, where: Raw) -> float | None:
    found = [row[what] for row in rows if all(row[name] == value for name, value in where.items())]
    return median(found) if found else None


def _by(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None
