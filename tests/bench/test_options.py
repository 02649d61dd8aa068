import pytest

from bench.measure import planned
from bench.options import read
from bench.say import Problem


def test_quick_measures_one_small_library() -> None:
    assert {(one.store, one.size) for one in planned(read(["--quick"]))} == {("sqlite", 10_000)}


def test_what_only_bookplate_has_is_asked_of_bookplate_alone() -> None:
    api = planned(read(["--quick"]))[0]

    assert [one.name for one in api.contenders if "sign-in" in [w.name for w in api.asked_of(one)]] == ["bookplate"]


def test_a_contender_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(Problem, match="bookplate, floor, fastapi"):
        planned(read(["--contender", "flask"]))
