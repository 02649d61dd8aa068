"""Pages by key: each row once, whatever comes and goes meanwhile, and no cursor of somebody else's making."""

import base64
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from bookplate.catalog.models import Book
from bookplate.catalog.paging import page
from bookplate.core.errors import Invalid

pytestmark = pytest.mark.django_db


def titles(ordering: str, limit: int) -> list[str]:
    now = page(Book.objects.all(), ordering, "", limit)
    found = [book.title for book in now.items]
    while now.next:
        now = page(Book.objects.all(), ordering, now.next, limit)
        found += [book.title for book in now.items]
    return found


@pytest.fixture
def shelf() -> None:
    now = timezone.now()
    rows = [("b", None, 0), ("B", 1900, 0), ("á", -5, 0), ("c", 1900, 1), ("a", 2000, 2)]
    Book.objects.bulk_create(
        [Book(title=title, published_year=year, added_at=now - timedelta(days)) for title, year, days in rows]
    )


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("limit", [1, 2, 5, 6])
@pytest.mark.parametrize(
    ("ordering", "order"),
    [
        ("id", "b B á c a"),
        ("-id", "a c á B b"),
        ("title_key", "á a b B c"),
        ("-title_key", "c B b a á"),
        ("year_key", "b á B c a"),
        ("-year_key", "a c B á b"),
        ("added_at", "a c b B á"),
        ("-added_at", "á B b c a"),
    ],
)
def test_every_order_at_every_size(ordering: str, order: str, limit: int) -> None:
    assert titles(ordering, limit) == order.split()


@pytest.mark.usefixtures("shelf")
def test_a_page_that_ends_with_the_list_has_no_next() -> None:
    assert page(Book.objects.all(), limit=5).next == ""
    assert page(Book.objects.none()).items == []


@pytest.mark.usefixtures("shelf")
def test_what_comes_and_goes_meanwhile_moves_nothing() -> None:
    first = page(Book.objects.all(), "title_key", limit=2)
    Book.objects.create(title="0 before")
    Book.objects.create(title="bb after")
    first.items[-1].delete()

    rest = page(Book.objects.all(), "title_key", first.next)

    assert [book.title for book in [*first.items, *rest.items]] == ["á", "a", "b", "B", "bb after", "c"]


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.usefixtures("shelf")
def test_a_cursor_may_come_from_a_row_that_was_never_there() -> None:
    rest = page(Book.objects.all(), "title_key", cursor("title_key", "b", 0))

    assert [book.title for book in rest.items] == ["b", "B", "c"]


@pytest.mark.parametrize(
    "after",
    [
        cursor("author_key", "b", 1),
        cursor("title_key", "b", "1"),
        cursor("title_key", "b", 1.5),
        cursor("title_key", "b", None),
        cursor("title_key", "b", 2**63),
        cursor("title_key", "b", -(2**63)),
        cursor("title_key", "a\0b", 1),
        cursor("title_key", "b"),
        cursor("title_key", "b", 1, 1),
        cursor(),
        "e30",
        "x",
        "====",
        "A" * 4001,
        "é",
        "\0",
    ],
)
def test_a_cursor_of_another_list_is_refused(after: str) -> None:
    with pytest.raises(Invalid) as refused:
        page(Book.objects.all(), "title_key", after)
    assert list(refused.value.errors) == ["after"]


@pytest.mark.parametrize(
    ("ordering", "key"),
    [
        ("year_key", "soon"),
        ("year_key", None),
        ("year_key", 10**30),
        ("year_key", [1]),
        ("year_key", True),
        ("added_at", "yesterday"),
        ("added_at", 5),
        ("added_at", None),
        ("added_at", "9999-99-99"),
        ("added_at", "9999-12-31T23:59:59-23:00"),
        ("added_at", "0001-01-01T00:00:00+23:00"),
        ("added_at", "2999-01-01"),
        ("title_key", None),
        ("title_key", {"a": 1}),
        ("title_key", "\ud800"),
        ("id", 10**30),
    ],
)
def test_a_key_that_cannot_be_is_refused_or_finds_nothing_odd(ordering: str, key: object) -> None:
    """Never anything worse: whoever makes a cursor up gets a 400 or a page, not a crash."""
    try:
        assert page(Book.objects.all(), ordering, cursor(ordering, key, 1)).items == []
    except Invalid as refused:
        assert list(refused.errors) == ["after"]
