"""Medians, ratios and the page are made from one run's readings."""

from typing import Any

from bench import tables
from bench.figures import Run
from bench.targets import TARGETS

FASTER = TARGETS[0]


def reading(contender: str, per_second: float, *, size: int = 10_000, p50: float = 1.0) -> dict[str, Any]:
    where = {"set": "api", "store": "sqlite", "size": size, "contender": contender, "workload": "list"}
    return {**where, "per_second": per_second, "p50": p50, "p99": 9.0}


def run_of(*readings: dict[str, Any]) -> Run:
    return Run({"readings": readings, "starts": []})


def test_the_median_of_the_rounds_counts() -> None:
    run = run_of(*(reading("bookplate", speed) for speed in (900, 100, 600)), reading("fastapi", 100))

    assert run.reading("per_second", contender="bookplate") == 600
    assert run.ratio("list", "fastapi", store="sqlite") == 6
    assert run.ratio("list", "floor", store="sqlite") is None


def test_growth_is_the_largest_library_by_the_smallest() -> None:
    sizes = {10_000: 2.0, 100_000: 9.0, 1_000_000: 3.0}
    run = run_of(*(reading("bookplate", 1, size=size, p50=p50) for size, p50 in sizes.items()))

    assert run.growth("list", "bookplate", "sqlite") == 1.5
    assert run_of(reading("bookplate", 1)).growth("list", "bookplate", "sqlite") is None


def test_targets_are_of_a_hundred_thousand_books_where_those_were_asked() -> None:
    """Though others were asked as often, or more."""
    run = run_of(*(reading("bookplate", 1, size=size) for size in (10_000, 10_000, 100_000, 1_000_000)))

    assert run.main_size == 100_000
    assert run_of(reading("bookplate", 1)).main_size == 10_000


def test_a_target_that_was_missed_is_shown_as_missed() -> None:
    kept = run_of(reading("bookplate", 600), reading("fastapi", 100))
    missed = run_of(reading("bookplate", 590), reading("fastapi", 100))

    assert f"| {FASTER.words} | ≥ 6 × | 6 × ✓ |" in tables.targets(kept, TARGETS)
    assert f"| {FASTER.words} | ≥ 6 × | 5.9 × ✗ |" in tables.targets(missed, TARGETS)
