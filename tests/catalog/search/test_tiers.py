"""What comes first: the title itself, all words in the title, in title and author, anywhere, then the same begun."""

from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bookplate.catalog import few
from bookplate.catalog.models import Book, Copy

pytestmark = pytest.mark.django_db


@pytest.fixture
def books() -> None:
    rows: list[dict[str, Any]] = [
        {"title": "Emmaline", "author": "Judith Rossner"},
        {"title": "On novels", "author": "K. Emmanuel"},
        {"title": "The printer", "publisher": "Emmaus Press"},
        {"title": "English fiction", "subjects": "Emma (Austen); Novels"},
        {"title": "Letters", "author": "Goldman, Emma"},
        {"title": "The world of Emma", "author": "Jane Doe"},
        {"title": "Emma", "author": "Jane Austen"},
        {"title": "Emma: a critical edition", "author": "Jane Austen"},
        {"title": "Emma and Harriet", "author": "Jane Austen"},
    ]
    made = Book.objects.bulk_create([Book(**row) for row in rows])
    Copy.objects.bulk_create([Copy(book=book) for book in made[::2]])


def titles(client: Client, query: str) -> list[str]:
    return [book["title"] for book in client.get(f"/api/books/?search={query}").json()]


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        (
            "emma",
            [
                "Emma",
                "Emma: a critical edition",
                "The world of Emma",
                "Emma and Harriet",
                "Letters",
                "English fiction",
                "Emmaline",
                "On novels",
                "The printer",
            ],
        ),
        ("emma jane", ["The world of Emma", "Emma", "Emma: a critical edition", "Emma and Harriet"]),
        ("jane emma", ["The world of Emma", "Emma", "Emma: a critical edition", "Emma and Harriet"]),
        (
            "emm",
            [
                "Emmaline",
                "The world of Emma",
                "Emma",
                "Emma: a critical edition",
                "Emma and Harriet",
                "On novels",
                "Letters",
                "The printer",
                "English fiction",
            ],
        ),
        ("author:jane emma", ["The world of Emma", "Emma", "Emma: a critical edition", "Emma and Harriet"]),
        ("title:emma", ["The world of Emma", "Emma", "Emma: a critical edition", "Emma and Harriet", "Emmaline"]),
    ],
)
def test_the_order_of_the_answers(client: Client, query: str, found: list[str]) -> None:
    assert titles(client, query) == found


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("query", ["emma", "emm", "-austen", "subject:novels", "year:..2000"])
def test_pages_of_one_give_the_same_as_one_page(client: Client, query: str) -> None:
    answer = client.get(f"/api/books/?limit=1&search={query}")
    found = answer.json()
    while "Link" in answer.headers:
        answer = client.get(answer.headers["Link"].partition("<")[2].partition(">")[0])
        found += answer.json()

    assert found == client.get(f"/api/books/?search={query}").json()


QUERIES = [
    "jane austen",
    "emma jane",
    "emma j",
    "emma: a critical",
    "the world",
    "world of emma",
    'emma "jane austen"',
    "emma jane -world",
    "author:jane emm",
    "goldman letters",
    "subject:novels english",
    "emma (austen)",
    "the nothing",
    "emma year:..2000 jane",
]


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("besides", ["", "&author=jane", "&available=true", "&language=en", "&limit=1"])
def test_few_books_come_in_the_same_order_as_many(
    client: Client, monkeypatch: pytest.MonkeyPatch, query: str, besides: str
) -> None:
    few_books = pages(client, f"/api/books/?search={quote(query)}{besides}")
    monkeypatch.setattr(few, "FEW", 0)

    assert pages(client, f"/api/books/?search={quote(query)}{besides}") == few_books


def pages(client: Client, address: str) -> list[tuple[list[str], str]]:
    """The titles of each page and what was searched for."""
    answer = client.get(address)
    found = [([book["title"] for book in answer.json()], answer.headers.get("Searched-For", ""))]
    if "Link" not in answer.headers:
        return found
    return found + pages(client, answer.headers["Link"].partition("<")[2].partition(">")[0])


@pytest.mark.usefixtures("books")
def test_few_books_of_several_words_are_found_by_one_look(client: Client) -> None:
    titles(client, "emma jane")
    with CaptureQueriesContext(connection) as asked:
        assert len(titles(client, "jane emma")) == 4

    assert len(asked) == 1


@pytest.mark.usefixtures("books")
def test_an_order_that_is_asked_for_leaves_the_tiers_out(client: Client) -> None:
    found = client.get("/api/books/?search=emma&ordering=-id").json()

    assert [book["title"] for book in found][:3] == ["Emma and Harriet", "Emma: a critical edition", "Emma"]


@pytest.mark.usefixtures("books")
def test_a_cursor_belongs_to_its_list(client: Client) -> None:
    by_title = client.get("/api/books/?limit=1&ordering=title").headers["Link"].partition("after=")[2].partition(">")[0]

    answer = client.get(f"/api/books/?search=emma&after={by_title}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["after"])
