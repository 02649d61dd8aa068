"""Export, a fresh library, import, export again: the same bytes, for every format that can hold the data (G23)."""

from collections.abc import Callable

import pytest

from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book
from tests.catalog.exporting.conftest import Again, exported

pytestmark = pytest.mark.django_db


NAMES = (
    "title",
    "author",
    "published_year",
    "isbn",
    "publisher",
    "edition",
    "language",
    "subjects",
    "copies__barcode",
    "copies__shelfmark",
)


def everything() -> list[tuple[object, ...]]:
    return list(Book.objects.order_by("id", "copies").values_list(*NAMES))


@pytest.mark.parametrize("name", ["csv", "xlsx", "jsonl", "marc", "marcxml"])
def test_a_fresh_library_exports_the_same_bytes(library: list[Book], again: Again, name: str) -> None:
    first = exported(name)
    books = everything()
    job = again(first, f"library.{name}")

    assert (job.failed, job.skipped, job.problem) == (0, 0, "")
    assert everything() == books
    assert exported(name) == first


@pytest.mark.parametrize("name", ["csv", "xlsx", "jsonl", "marc", "marcxml"])
def test_where_it_came_from_it_changes_nothing(library: list[Book], bring: Callable[..., Import], name: str) -> None:
    job = bring(exported(name), f"library.{name}")

    assert (job.read, job.unchanged) == (job.read, job.read)
    assert exported(name) == exported(name)


@pytest.mark.parametrize("isbn", ["null", '"9780060853983"'])
def test_a_title_of_blanks_is_none(bring: Callable[..., Import], isbn: str) -> None:
    job = bring(f'{{"title":" \u00a0","isbn":{isbn}}}\n', "library.jsonl")

    assert (job.created, [failure.field for failure in job.failures.all()]) == (0, ["title"])
