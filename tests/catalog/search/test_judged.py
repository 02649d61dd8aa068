"""Searches find what a person wants among 17,000 real books."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from django.db import connection, transaction

from bookplate.catalog.models import Book
from tests.catalog.search import real_library
from tests.catalog.search.judging import Answer, Judged, ask, read

HERE = Path(__file__).parent
REAL = HERE / "judged.toml"
ANSWERS = HERE / "answers.json"
LEAST_RIGHT = 0.95
Answers: TypeAlias = list[tuple[Judged, Answer]]
Books: TypeAlias = list[Mapping[str, Any]]


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def real_books(shared_data: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[Books]:
    """A library that is made for the tests of this file alone and leaves nothing behind."""
    with django_db_blocker.unblock(), transaction.atomic():
        real_library.load(shared_data)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield list(Book.objects.values("title", "author", "isbn"))
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def real_answers(real_books: Books, django_db_blocker: Any) -> Answers:
    with django_db_blocker.unblock():
        return [(judged, ask(judged.query)) for judged in read(REAL)]


def test_every_book_that_is_wanted_is_in_the_library(real_books: Books) -> None:
    """Or a slip of the pen would count as a fault of the search, or as none at all."""
    wanted = {one.text: one for judged in read(REAL) for one in judged.named()}

    assert [text for text, one in wanted.items() if not any(map(one.is_met_by, real_books))] == []


def test_real_searches_find_what_a_person_wants(real_answers: Answers) -> None:
    wrong = [told for judged, answer in real_answers if (told := judged.told(answer))]

    assert len(wrong) <= len(real_answers) * (1 - LEAST_RIGHT), "\n" + "\n".join(wrong)


def test_both_databases_answer_the_same(real_answers: Answers) -> None:
    """The first ten of each query, in their order, as they are kept with the code."""
    now = {judged.query: [hit["id"] for hit in answer.hits] for judged, answer in real_answers}
    if not ANSWERS.exists():
        _keep(now)
        pytest.fail(f"{ANSWERS.name} was not there and is made: look through it, then run this on the other database.")

    assert now == json.loads(ANSWERS.read_text())


def _keep(answers: dict[str, list[int]]) -> None:
    lines = (f"{json.dumps(query, ensure_ascii=False)}: {ids}" for query, ids in answers.items())
    ANSWERS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
