import re
from collections.abc import Callable

import pytest
from django.test import Client

from bookplate.catalog.models import Book, Copy, State
from bookplate.people.models import User
from tests.web.conftest import htmx

Visit = Callable[[User | None], Client]


def titles(text: str) -> list[str]:
    return re.findall(r'class="card-title"[^>]*>([^<]*)<', text)


@pytest.fixture
def three(db: None) -> list[Book]:
    rows = [("Emma", "Jane Austen", 1815), ("Dune", "Frank Herbert", 1965), ("Émile", "Rousseau", 1762)]
    return [Book.objects.create(title=title, author=author, published_year=year) for title, author, year in rows]


def test_books_stand_in_order_of_their_titles(three: list[Book]) -> None:
    assert titles(Client().get("/").text) == ["Dune", "Émile", "Emma"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("search=austen", ["Emma"]),
        ("search=EMILE", ["Émile"]),
        ("ordering=published_year", ["Émile", "Emma", "Dune"]),
        ("ordering=-published_year", ["Dune", "Emma", "Émile"]),
        ("ordering=author", ["Dune", "Emma", "Émile"]),
        ("ordering=password", ["Dune", "Émile", "Emma"]),
        ("after=nonsense", ["Dune", "Émile", "Emma"]),
        ("available=on", ["Emma"]),
        ("search=%00", ["Dune", "Émile", "Emma"]),
        ("search=" + "x" * 300, ["Dune", "Émile", "Emma"]),
    ],
)
def test_finding_without_javascript(query: str, expected: list[str], three: list[Book]) -> None:
    Copy.objects.create(book=three[0])
    Copy.objects.create(book=three[1], state=State.ON_LOAN)

    assert titles(Client().get(f"/?{query}").text) == expected


def test_typing_gives_the_results_alone_and_their_address(three: list[Book]) -> None:
    headers = {"HX-Trigger": "finder", "HX-Current-URL": "http://testserver/"}
    answer = Client().get("/?search=dune&ordering=title", **htmx("results", **headers))

    assert titles(answer.text) == ["Dune"]
    assert "<html" not in answer.text
    assert answer["HX-Push-Url"] == "/?search=dune"


def test_typing_on_makes_no_further_step_to_go_back(three: list[Book]) -> None:
    headers = {"HX-Trigger": "finder", "HX-Current-URL": "http://testserver/?search=du"}
    answer = Client().get("/?search=dune", **htmx("results", **headers))

    assert (answer["HX-Replace-Url"], answer.has_header("HX-Push-Url")) == ("/?search=dune", False)


def test_going_back_gets_a_whole_page(three: list[Book]) -> None:
    answer = Client().get("/?search=dune", **htmx("", **{"HX-History-Restore-Request": "true"}))

    assert "<html" in answer.text


def test_more_books_follow_by_link_and_by_htmx(db: None) -> None:
    Book.objects.bulk_create(Book(title=f"Book {number:03}") for number in range(50))
    first = Client().get("/?search=book")
    following = re.search(r'href="(\?[^"]*after=[^"]*)"', first.text)
    assert following
    address = "/" + following[1].replace("&amp;", "&")

    page, part = Client().get(address), Client().get(address, **htmx("more"))

    assert titles(first.text) == [f"Book {number:03}" for number in range(48)]
    assert titles(page.text) == titles(part.text) == ["Book 048", "Book 049"]
    assert ("Back to the first page" in page.text, "<html" in part.text) == (True, False)


@pytest.mark.parametrize(
    ("in_now", "out", "expected"),
    [(0, 0, "No copy"), (1, 0, "In"), (0, 1, "Out"), (2, 1, "2 of 3 in"), (0, 2, "All 2 out")],
)
def test_card_says_how_many_copies_are_in(in_now: int, out: int, expected: str, book: Book) -> None:
    for state in [State.IN] * in_now + [State.ON_LOAN] * out:
        Copy.objects.create(book=book, state=state)

    states = re.findall(r'class="state [a-z]+">([^<]*)<', Client().get(f"/cards/?books={book.pk}").text)

    assert states == [expected]


def test_cards_that_change_together_are_fetched_together(three: list[Book]) -> None:
    asked = ",".join(str(book.pk) for book in three)
    text = Client().get(f"/cards/?books={asked},999999,x,-1,{'9' * 30},").text

    assert sorted(titles(text)) == sorted(book.title for book in three)
    assert re.findall(r'id="book-(\d+)" class="card" hx-swap-oob="true">This is no longer', text) == ["999999"]
    assert text.count("hx-swap-oob") == 4


def test_empty_library_tells_librarians_how_to_fill_it(visit: Visit, librarian: User) -> None:
    assert "Bring in the list you have" in visit(librarian).get("/").text
    assert "The librarians are unpacking" in visit(None).get("/").text


def test_nothing_found_says_what_to_try(three: list[Book]) -> None:
    text = Client().get("/?search=zzz&available=on").text

    assert "Try fewer words" in text
    assert 'href="/?search=zzz"' in text


def test_title_has_its_language_and_direction(db: None) -> None:
    Book.objects.create(title="الأيام", author="طه حسين", language="ar")

    assert '<span class="card-title" dir="auto" lang="ar">الأيام</span>' in Client().get("/").text
