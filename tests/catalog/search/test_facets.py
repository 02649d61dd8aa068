"""Facets and suggestions: what they count, and that nothing hidden is among it (G8)."""

from typing import Any

import pytest
from django.test import Client

from bookplate.catalog.models import Book, Copy, State, Visibility
from bookplate.catalog.search import facets
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> list[Book]:
    rows: list[dict[str, Any]] = [
        {"title": "Winter Tales", "author": "Karen Blixen", "published_year": 1942, "language": "en"},
        {"title": "Winter", "author": "Ali Smith", "published_year": 2017, "language": "en"},
        {"title": "Ein Winter", "author": "Smith, Anna", "published_year": -5, "language": "de"},
        {"title": "Summer", "author": "Ali Smith, Karen Blixen"},
    ]
    subjects = ["Fiction; Snow", "fiction ; ice", "Fiction", ""]
    return Book.objects.bulk_create([Book(**row, subjects=text) for row, text in zip(rows, subjects, strict=True)])


@pytest.mark.usefixtures("books")
def test_facets_of_a_search(client: Client) -> None:
    assert client.get("/api/books/facets/?search=winter").json() == {
        "total": 3,
        "searched_for": None,
        "estimated": False,
        "available": 0,
        "language": [{"value": "en", "count": 2}, {"value": "de", "count": 1}],
        "subject": [{"value": "Fiction", "count": 3}, {"value": "Snow", "count": 1}, {"value": "ice", "count": 1}],
        "decade": [{"value": -10, "count": 1}, {"value": 1940, "count": 1}, {"value": 2010, "count": 1}],
    }


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("query", "total"), [("", 4), ("subject=fiction", 3), ("language=en&author=smith", 1), ("search=-winter", 1)]
)
def test_facets_take_what_the_list_takes(client: Client, query: str, total: int) -> None:
    assert client.get(f"/api/books/facets/?{query}").json()["total"] == total
    assert len(client.get(f"/api/books/?{query}").json()) == total


def test_available_is_the_viewers_own(books: list[Book], client: Client, alice: User, bob: User) -> None:
    Copy.objects.create(book=books[0])
    Copy.objects.create(book=books[0])
    Copy.objects.create(book=books[1], state=State.ON_LOAN)
    Copy.objects.create(book=books[2], owner=alice, visibility=Visibility.OWNER)

    def available(of: Client) -> tuple[int, int]:
        return (
            of.get("/api/books/facets/?search=winter").json()["available"],
            of.get("/api/books/facets/?search=winter&available=true").json()["total"],
        )

    assert [available(each) for each in (client, signed_in(bob), signed_in(alice))] == [(1, 1), (1, 1), (2, 2)]


def test_of_very_many_some_are_counted(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr(facets, "COUNTED", 10)
    Book.objects.bulk_create([Book(title="Winter", language="en" if n % 2 else "") for n in range(90)])

    for query in ("search=winter", ""):
        found = client.get(f"/api/books/facets/?{query}").json()
        assert (found["total"], found["estimated"]) == (90, True)
        assert 20 <= found["language"][0]["count"] <= 70


def test_some_of_very_many_whose_ids_lie_far_apart(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    """There would be more ids in between than can be looked up one by one."""
    monkeypatch.setattr(facets, "COUNTED", 10)
    ids = [*range(1, 90), 10**15]
    Book.objects.bulk_create([Book(id=n, title="Winter", published_year=1999, language="en") for n in ids])

    for query in ("", "published_year=1999", "language=en"):
        found = client.get(f"/api/books/facets/?{query}").json()
        assert found["decade"] == [{"value": 1990, "count": 90}]


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("win", ["Winter", "Winter Tales", "Ein Winter"]),
        ("winter ta", ["Winter Tales"]),
        ("smi", ["Ali Smith", "Smith, Anna"]),
        ("karen b", ["Karen Blixen"]),
        ("SÚM", ["Summer"]),
        ("w", []),
        ("", []),
        ("winter nothing", []),
    ],
)
def test_suggestions(client: Client, typed: str, texts: list[str]) -> None:
    found = client.get(f"/api/books/suggestions/?q={typed}").json()

    assert [each["text"] for each in found] == texts
    assert {each["kind"] for each in found} <= {"title", "author"}


def test_suggestions_tell_nothing_of_copies(books: list[Book], client: Client, alice: User) -> None:
    before = client.get("/api/books/suggestions/?q=win").json()
    Copy.objects.create(book=books[0], owner=alice, visibility=Visibility.OWNER, shelfmark="Winter shelf")

    assert client.get("/api/books/suggestions/?q=win").json() == before
    assert client.get("/api/books/?search=shelf").json() == []
