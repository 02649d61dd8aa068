"""What is made while the one before it is used: in its order, one at a time, with its faults."""

from collections.abc import Iterator
from threading import current_thread

import pytest

from bookplate.core.ahead import ahead


def test_each_comes_in_its_order_from_another_thread() -> None:
    found = [*ahead((number, current_thread().name) for number in range(5))]

    assert [number for number, _ in found] == [0, 1, 2, 3, 4]
    assert current_thread().name not in {name for _, name in found}


def test_what_making_one_raises_comes_where_it_would_have_come() -> None:
    def making() -> Iterator[int]:
        yield 1
        raise ValueError("no second")

    found = ahead(making())
    assert next(found) == 1
    with pytest.raises(ValueError, match="no second"):
        next(found)


def test_one_is_kept_ready_and_no_more() -> None:
    made: list[int] = []

    def making() -> Iterator[int]:
        for number in range(9):
            made.append(number)
            yield number

    found = ahead(making())
    assert next(found) == 0
    del found  # as where whoever uses them goes on no further

    assert made == [0, 1]
