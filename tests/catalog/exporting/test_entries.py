"""Which books and copies go out, and at what cost."""

import pytest
from pytest_django import DjangoAssertNumQueries

from bookplate.catalog.exporting import entries
from bookplate.catalog.exporting.entries import Selection
from bookplate.catalog.filters import Filters
from bookplate.catalog.models import Book, Copy
from bookplate.people.models import User

pytestmark = pytest.mark.django_db


def titles(selection: Selection) -> list[str]:
    return [entry.title for entry in selection.entries()]


def barcodes(selection: Selection) -> list[str]:
    return [copy.barcode for entry in selection.entries() for copy in entry.copies]


def test_books_leave_in_the_order_of_their_numbers_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "AT_ONCE", 2)
    for number in range(5):
        Book.objects.create(title=f"Book {9 - number}")

    assert titles(Selection()) == ["Book 9", "Book 8", "Book 7", "Book 6", "Book 5"]
    assert titles(Selection(Filters(search="book 7"))) == ["Book 7"]


def test_a_misspelt_search_leaves_with_what_was_found() -> None:
    Book.objects.create(title="Persuasion")
    Book.objects.create(title="Emma")

    assert titles(Selection(Filters(search="persuasoin"))) == ["Persuasion"]
    assert titles(Selection(Filters(search="persuasoin", exact=True))) == []


def test_copies_leave_with_whoever_may_see_them(alice: User, bob: User, admin: User, book: Book) -> None:
    Copy.objects.create(book=book, barcode="OPEN")
    Copy.objects.create(book=book, barcode="DESK", visibility="owner")
    Copy.objects.create(book=book, barcode="ALICE", owner=alice, visibility="owner")
    Copy.objects.create(book=book, barcode="FRIENDS", owner=alice, visibility="friends")

    assert barcodes(Selection()) == ["OPEN"]
    assert barcodes(Selection(viewer=bob)) == ["OPEN"]
    bob.friends.add(alice)
    assert barcodes(Selection(viewer=bob)) == ["OPEN", "FRIENDS"]
    assert barcodes(Selection(viewer=alice)) == ["OPEN", "ALICE", "FRIENDS"]
    assert barcodes(Selection(viewer=admin)) == ["OPEN", "DESK", "ALICE", "FRIENDS"]
    assert barcodes(Selection(by_operator=True)) == ["OPEN", "DESK", "ALICE", "FRIENDS"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_depend_on_the_rows(
    number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(number):
        Copy.objects.create(book=Book.objects.create(title="Emma"))

    with django_assert_num_queries(2):
        assert len(titles(Selection())) == number
