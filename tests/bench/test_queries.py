"""What the measured searches ask for."""

import pytest

from bench import queries


@pytest.mark.parametrize("kind", list(queries.KINDS))
def test_the_same_questions_each_time(kind: str) -> None:
    first = list(queries.made(kind))
    queries.made.cache_clear()

    assert queries.made(kind) == first
    assert len(first) == queries.COUNT


def test_a_slip_makes_no_other_word() -> None:
    known = queries.known()

    assert [word for word in queries.made("misspelt") if word in known] == []
    assert [word for word in queries.made("one") if word not in known] == []


def test_an_address_can_hold_each_question() -> None:
    lines = queries.file_of("two").read_text().splitlines()

    assert len(lines) == queries.COUNT
    assert all(line.isascii() and " " not in line for line in lines)
