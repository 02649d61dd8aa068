"""The catalogue as a list: what each filter finds, and counts that are the viewer's own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from bookplate.catalog.filters import Filters, find
from bookplate.catalog.listing import ORDERINGS, with_availability
from bookplate.catalog.models import Book, Copy, State, Visibility
from bookplate.people.models import User

pytestmark = pytest.mark.django_db

NOBODY = AnonymousUser()


@pytest.fixture
def shelf() -> None:
    rows: list[dict[str, Any]] = [
        {"title": "L’Étranger", "author": "Albert Camus", "published_year": 1942, "language": "fr"},
        {"title": "Dune", "author": "Frank Herbert", "published_year": 1965, "language": "en", "isbn": "9780441172719"},
        {"title": "Οδύσσεια", "author": "Όμηρος", "published_year": -700, "language": "grc"},
        {"title": "100 % wool_knits", "author": "", "subjects": "Knitting; Café", "publisher": "Éditions"},
    ]
    Book.objects.bulk_create([Book(**row) for row in rows])


CAMUS, DUNE, HOMER, WOOL = "L’Étranger", "Dune", "Οδύσσεια", "100 % wool_knits"


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), [CAMUS, DUNE, HOMER, WOOL]),
        (Filters(search="camus etranger"), [CAMUS]),
        (Filters(search="ÉTRANGER, "), [CAMUS]),
        (Filters(search="ΟΔΎΣΣΕΙΑ ομηρος"), [HOMER]),
        (Filters(search="knitting cafe editions"), [WOOL]),
        (Filters(search="0-441-17271-7"), [DUNE]),
        (Filters(search="97804411"), [DUNE]),
        (Filters(search="44117271"), []),
        (Filters(search="%"), []),
        (Filters(search="wool_"), [WOOL]),
        (Filters(search="d_ne"), []),
        (Filters(search="\\"), []),
        (Filters(search="   "), [CAMUS, DUNE, HOMER, WOOL]),
        (Filters(search="dune camus"), []),
        (Filters(author="HÉRB"), [DUNE]),
        (Filters(author="erb"), []),
        (Filters(author="Dune"), []),
        (Filters(subject="knitting"), [WOOL]),
        (Filters(subject="knit"), []),
        (Filters(author="frank", title="du"), [DUNE]),
        (Filters(title="οδυ"), [HOMER]),
        (Filters(isbn="978-0-441-17271-9"), [DUNE]),
        (Filters(isbn="nonsense"), []),
        (Filters(language="grc"), [HOMER]),
        (Filters(published_year=-700), [HOMER]),
        (Filters(published_year__gte=1942), [CAMUS, DUNE]),
        (Filters(published_year__lte=1942), [CAMUS, HOMER]),
        (Filters(published_year__gte=1900, published_year__lte=1950), [CAMUS]),
        (Filters(available=True), []),
        (Filters(available=False), [CAMUS, DUNE, HOMER, WOOL]),
    ],
)
def test_a_filter(filters: Filters, found: list[str]) -> None:
    assert list(find(filters, NOBODY).order_by("id").values_list("title", flat=True)) == found


@pytest.mark.usefixtures("shelf")
def test_a_very_long_search_is_cut(django_assert_num_queries: Callable[..., Any]) -> None:
    words = "dune " * 24 + "nowhere " * 300
    with django_assert_num_queries(1):
        assert [book.title for book in find(Filters(search=words), NOBODY)] == [DUNE]


@pytest.mark.parametrize("name", ORDERINGS)
def test_every_ordering_is_a_column(name: str) -> None:
    Book.objects.create(title="T")

    assert find(Filters(), NOBODY).order_by(ORDERINGS[name]).count() == 1


def counts(viewer: Any) -> list[tuple[str, int, int]]:
    books = with_availability(Book.objects.order_by("id"), viewer)
    return [(book.title, book.copies_total, book.copies_in) for book in books]  # type: ignore[attr-defined]


def test_counts_are_the_viewers_own(
    book: Book, copy: Copy, alice: User, bob: User, carol: User, librarian: User, admin: User
) -> None:
    Copy.objects.create(book=book, state=State.ON_LOAN)
    Copy.objects.create(book=book, owner=alice, visibility=Visibility.OWNER)
    Copy.objects.create(book=book, owner=alice, visibility=Visibility.GROUP)
    Copy.objects.create(book=book, visibility=Visibility.OWNER, state=State.LOST)
    Book.objects.create(title="Empty")

    def row(total: int, there: int) -> list[tuple[str, int, int]]:
        return [(book.title, total, there), ("Empty", 0, 0)]

    assert counts(NOBODY) == row(2, 1)
    assert counts(alice) == row(4, 3)
    assert counts(bob) == row(3, 2)
    assert counts(carol) == row(2, 1)
    assert counts(librarian) == row(3, 1)
    assert counts(admin) == row(5, 3)


@pytest.mark.parametrize("state", State.values)
def test_only_what_is_in_is_available(copy: Copy, state: str) -> None:
    Copy.objects.update(state=state)

    available = list(find(Filters(available=True), NOBODY))
    assert available == ([copy.book] if state == State.IN else [])
    assert list(find(Filters(available=False), NOBODY)) == ([] if available else [copy.book])
    assert counts(NOBODY) == [(copy.book.title, 1, len(available))]


@pytest.mark.parametrize("rows", [1, 3])
def test_counts_come_with_the_books(rows: int, django_assert_num_queries: Callable[..., Any]) -> None:
    for number in range(rows):
        Copy.objects.create(book=Book.objects.create(title=f"B{number}"))

    with django_assert_num_queries(1):
        assert len(counts(NOBODY)) == rows
