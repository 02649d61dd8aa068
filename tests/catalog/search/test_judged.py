"""Searches finding what a person wants: of a few books everywhere, of 17,000 where the real files are."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from django.db import connection, transaction

from bookplate.catalog.models import Book
from tests.catalog.search import real_library
from tests.catalog.search.judging import read

REAL = Path(__file__).with_name("judged.toml")
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


def test_every_book_that_is_wanted_is_in_the_library(real_books: Books) -> None:
    """Or a slip of the pen would count as a fault of the search, or as none at all."""
    wanted = {one.text: one for judged in read(REAL) for one in judged.named()}

    assert [text for text, one in wanted.items() if not any(map(one.is_met_by, real_books))] == []
