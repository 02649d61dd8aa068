"""Adding a book by its ISBN: the part of the form that is filled in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from bookplate.catalog.models import Book
from bookplate.people.models import User
from tests.upstream import DUNE, Upstream, google, open_library
from tests.web.conftest import htmx

Visit = Callable[[User | None], Client]
ADDRESS = "/books/look-up/"


@pytest.fixture
def client(visit: Visit, alice: User) -> Client:
    return visit(alice)


def test_what_was_found_comes_with_its_source(client: Client, upstream: Upstream) -> None:
    upstream.says(open_library(publishers=[]))

    text = client.get(ADDRESS, {"isbn": "0-441-17271-7"}, **htmx("found")).text

    assert 'data-fill="title"\n          data-source="Open Library"\n          value="Dune"' in text
    assert "Open Library told the title, author, year of publication, language, subjects." in text
    assert 'data-fill="publisher"' not in text


def test_each_of_two_sources_has_its_sentence(client: Client, upstream: Upstream, settings: Any) -> None:
    settings.METADATA_SOURCES = ["openlibrary", "google"]
    upstream.says(google(publisher="Ace Books"), path="/books")
    upstream.says(open_library(publishers=[]))

    text = " ".join(client.get(ADDRESS, {"isbn": DUNE}).text.split())

    assert "Google Books told the publisher. Open Library told the title" in text


def test_what_comes_back_is_shown_as_text(client: Client, upstream: Upstream) -> None:
    upstream.says(open_library(title='"><script>alert(1)</script>'))

    text = client.get(ADDRESS, {"isbn": DUNE}).text

    assert "<script>" not in text
    assert 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in text


def test_a_book_that_is_here_is_shown_and_nobody_asked(client: Client, upstream: Upstream, book: Book) -> None:
    text = client.get(ADDRESS, {"isbn": book.isbn or ""}).text

    assert f'This book is in the catalogue already: <a href="/books/{book.pk}/">{book.title}</a>.' in text
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("isbn", "words"),
    [
        ("", "Type or scan the ISBN first."),
        ("123", "123 is not an ISBN: it has 3 digits instead of 10 or 13."),
        (DUNE, "No source knows a book with the ISBN 9780441172719. Describe it yourself."),
    ],
)
def test_why_there_is_nothing_is_said(client: Client, upstream: Upstream, isbn: str, words: str) -> None:
    upstream.says({})

    assert words in client.get(ADDRESS, {"isbn": isbn}).text


def test_sources_that_are_away_do_not_keep_anybody_from_adding_a_book(client: Client, upstream: Upstream) -> None:
    upstream.says({}, status=500)

    assert "Describe it yourself, or try again later." in client.get(ADDRESS, {"isbn": DUNE}).text


def test_without_sources_there_is_no_button(client: Client, upstream: Upstream, settings: object) -> None:
    button = "Fill in the rest by the ISBN"
    assert button in client.get("/books/add/").text

    settings.METADATA_SOURCES = []  # type: ignore[attr-defined]

    assert button not in client.get("/books/add/").text
    assert "turned off" in client.get(ADDRESS, {"isbn": DUNE}).text
