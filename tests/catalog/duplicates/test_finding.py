"""Pairs of books that may be one edition, over the API."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookplate.catalog.duplicates import finding
from bookplate.catalog.models import Book, Copy
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

EMMA: dict[str, Any] = {"title": "Emma", "author": "Jane Austen", "published_year": 1815}
ISBN, OTHER_ISBN = "9780141439587", "9780192837523"


def make(*books: dict[str, Any]) -> list[int]:
    return [Book.objects.create(**{**EMMA, **values}).pk for values in books]


def found(user: User, query: str = "") -> list[tuple[str, list[int]]]:
    answer = signed_in(user).get(f"/api/duplicates/{query}")
    assert answer.status_code == 200
    return [(pair["likeness"], [book["id"] for book in pair["books"]]) for pair in answer.json()]


@pytest.mark.parametrize(
    ("one", "other", "probably", "maybe"),
    [
        ({}, {}, "same", None),
        ({"isbn": ISBN}, {"title": "EMMA "}, "same", None),
        ({"published_year": None}, {"isbn": ISBN}, "same", None),
        ({}, {"author": "Austen, Jane", "published_year": None}, "near", None),
        ({"title": "Emma: a novel"}, {"isbn": ISBN}, "near", None),
        ({"title": "Persuassoin"}, {"title": "Persuasion", "author": ""}, "near", None),
        ({"isbn": OTHER_ISBN}, {"isbn": ISBN}, None, "maybe"),
        ({"isbn": ISBN}, {"published_year": 1996}, None, "maybe"),
        ({"publisher": "Penguin"}, {"publisher": "Oxford University Press"}, None, "maybe"),
        ({"language": "en"}, {"language": "de"}, None, None),
        ({"edition": "2nd"}, {"edition": "3rd"}, None, None),
        ({"language": "en", "isbn": ISBN}, {"language": "de", "isbn": OTHER_ISBN}, None, None),
        ({}, {"author": "Alexander McCall Smith"}, None, None),
        ({"title": "Emma, vol. 1"}, {"title": "Emma, vol. 2"}, None, None),
    ],
)
def test_how_alike_two_books_are(
    librarian: User, one: dict[str, Any], other: dict[str, Any], probably: str | None, maybe: str | None
) -> None:
    numbers = make(one, other)

    assert found(librarian) == ([(probably, numbers)] if probably else [])
    assert found(librarian, "?maybe=true") == ([(maybe, numbers)] if maybe else [])


def test_what_differs_is_named_and_copies_are_counted(librarian: User, alice: User) -> None:
    first, second = make({"isbn": ISBN}, {"title": "Emma: a novel", "author": ""})
    Copy.objects.create(book_id=first)
    Copy.objects.create(book_id=first, owner=alice, visibility="owner")

    pair = signed_in(librarian).get("/api/duplicates/").json()[0]
    assert pair["differing"] == ["title", "isbn", "author"]
    assert [(book["id"], book["title"], book["copies"]) for book in pair["books"]] == [
        (first, "Emma", 1),
        (second, "Emma: a novel", 0),
    ]


def test_a_pair_that_is_not_the_same_is_not_shown_again_until_that_is_taken_back(librarian: User) -> None:
    first, second, third = make({}, {}, {"isbn": ISBN})
    client = signed_in(librarian)
    said = client.post("/api/dismissals/", {"books": [second, first]})

    assert (said.status_code, said.json()["books"]) == (201, [first, second])
    assert found(librarian) == [("same", [first, third]), ("same", [second, third])]
    assert client.post("/api/dismissals/", {"books": [first, second]}).json()["id"] == said.json()["id"]
    assert [row["id"] for row in client.get("/api/dismissals/").json()] == [said.json()["id"]]
    assert client.delete(said.headers["Location"]).status_code == 204
    assert len(found(librarian)) == 3


@pytest.mark.parametrize("books", [[], [1], ["x", "y"], [0, 987654], "same"])
def test_what_cannot_be_dismissed_is_named(librarian: User, book: Book, books: Any) -> None:
    named = [book.pk, book.pk] if books == "same" else books

    answer = signed_in(librarian).post("/api/dismissals/", {"books": named})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["books"])


def test_pages_go_by_key_and_each_pair_comes_once(librarian: User) -> None:
    titles = [f"{word} story" for word in ("Autumn", "Borrowed", "Crimson", "Dark", "Endless")]
    for title in titles:
        make({"title": title}, {"title": title}, {"title": title})
    client, address, seen = signed_in(librarian), "/api/duplicates/?limit=2", list[Any]()
    while address:
        answer = client.get(address)
        seen.append([tuple(book["id"] for book in pair["books"]) for pair in answer.json()])
        address = answer.headers["Link"].split(";")[0].strip("<>") if "Link" in answer.headers else ""

    flat = [pair for page in seen for pair in page]
    assert (len(flat), len(set(flat)), {len(page) for page in seen[:-1]}) == (15, 15, {2})


def test_a_page_looks_at_so_many_keys_and_the_next_goes_on(librarian: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "KEYS_AT_ONCE", 1)
    monkeypatch.setattr(finding, "ROUNDS", 2)
    for title in ("Alpha", "Bravo", "Charlie"):
        make({"title": title, "language": "en"}, {"title": title, "language": "de"})
    last = make({"title": "Delta"}, {"title": "Delta"})

    first = finding.page(librarian)
    assert (first.pairs, bool(first.next)) == ([], True)
    second = finding.page(librarian, first.next)
    assert [list(pair.spot[1:]) for pair in second.pairs] == [last]


def test_of_very_many_with_one_title_each_is_compared_with_a_few(
    librarian: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "ALL_PAIRS", 4)
    monkeypatch.setattr(finding, "BESIDE", 2)
    books = [{"title": "Poems", "author": f"{name} {name}"} for name in ("Anna", "Berta", "Clara", "Dora", "Emil")]
    make(*books)
    twins = make({"title": "Poems", "author": "Frieda"}, {"title": "Poems", "author": "Frieda"})

    assert found(librarian) == [("same", twins)]


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJ0d2luX2tleSIsIDEsIDJd", "WyJ0d2luX2tleSIsIFsiYSIsICJiIl0sIDJd"])
def test_a_cursor_of_another_list_is_refused(librarian: User, cursor: str) -> None:
    answer = signed_in(librarian).get(f"/api/duplicates/?after={cursor}")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["after"])


def test_as_many_queries_for_three_pairs_as_for_one(librarian: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            finding.page(librarian)
        return len(asked)

    make({}, {})
    one = queries()
    make({"title": "Persuasion"}, {"title": "Persuasion"}, {"title": "Persuasion", "isbn": ISBN})
    assert queries() == one


def test_an_index_holds_those_together_that_are_alike(librarian: User) -> None:
    """Whatever writes the title: the key follows."""
    number = make({})[0]
    Book.objects.filter(pk=number).update(title="Persuasion")
    make({"title": "Persuasion"})

    assert [likeness for likeness, _ in found(librarian)] == ["same"]
    if connection.vendor == "sqlite":
        assert "USING COVERING INDEX book_by_twin_key" in finding.keys_of(finding.Spot("b"), probable=True).explain()
