import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.test.utils import override_script_prefix

from bookplate.catalog.models import Book, Copy, State
from bookplate.people.models import User
from tests.web.conftest import htmx

Visit = Callable[[User | None], Client]


def titles(text: str) -> list[str]:
    return re.findall(r'class="card-title"[^>]*>([^<]*)<', text)


@pytest.fixture
def three(db: None) -> list[Book]:
    rows = [("Emma", "Jane Austen", 1815), ("Dune", "Frank Herbert", 1965), ("Émile", "Rousseau", 1762)]
    books = [Book(title=title, author=author, published_year=year) for title, author, year in rows]
    books[1].subjects, books[2].language = "Deserts; Planets", "fr"
    for book in books:
        book.save()
    return books


def test_books_stand_in_order_of_their_titles(three: list[Book]) -> None:
    assert titles(Client().get("/").text) == ["Dune", "Émile", "Emma"]


@pytest.mark.parametrize("prefix", ["", "/library"])
def test_each_leads_to_its_page_wherever_the_library_begins(three: list[Book], prefix: str) -> None:
    with override_script_prefix(f"{prefix}/"):
        text = Client().get("/").text
    assert re.findall(r'id="to-book-(\d+)"\s+href="([^"]*)"', text) == [
        (str(book.pk), f"{prefix}/books/{book.pk}/") for book in sorted(three, key=lambda book: book.title_key)
    ]


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
        ("language=fr", ["Émile"]),
        ("subject=Deserts", ["Dune"]),
        ("decade=1810", ["Emma"]),
        ("decade=nonsense", ["Dune", "Émile", "Emma"]),
        ("search=emm&exact=true", ["Emma"]),
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
    assert answer["HX-Push-Url"] == "/?search=dune&ordering=title"


def test_typing_on_makes_no_further_step_to_go_back(three: list[Book]) -> None:
    headers = {"HX-Trigger": "finder", "HX-Current-URL": "http://testserver/?search=du"}
    answer = Client().get("/?search=dune", **htmx("results", **headers))

    assert (answer["HX-Replace-Url"], answer.has_header("HX-Push-Url")) == ("/?search=dune", False)


def test_typing_changes_what_stands_around_the_results_as_well(three: list[Book]) -> None:
    text = Client().get("/?search=dune&subject=Deserts", **htmx("results")).text

    assert re.findall(r'id="([\w-]+)" hx-swap-oob', text) == ["count", "in-now", "chosen", "exports", "facets"]
    assert re.sub(r"\s+", " ", text.partition('id="count"')[2]).startswith(' hx-swap-oob="innerHTML"> 1 book for “')


def facet(text: str, name: str) -> list[tuple[str, str, str]]:
    """Where each choice leads, what it is called, how many books it has."""
    found = re.search(rf'data-facet="{name}">(.*?)</section>', text, re.DOTALL)
    link = r'href="([^"]*)".*?<span dir="auto">([^<]*)<.*?class="number">(\d+)<'
    return re.findall(link, found[1], re.DOTALL) if found else []


def test_results_can_be_narrowed_down(three: list[Book]) -> None:
    text = Client().get("/?search=e").text

    assert facet(text, "language") == [("/?search=e&amp;language=fr", "French", "1")]
    assert facet(text, "decade") == [
        ("/?search=e&amp;decade=1810", "1810–1819", "1"),
        ("/?search=e&amp;decade=1760", "1760–1769", "1"),
    ]


def test_what_was_chosen_can_be_taken_back(three: list[Book]) -> None:
    text = Client().get("/?search=dune&subject=Deserts").text

    chip = re.search(r'<input type="hidden" name="subject" value="Deserts">\s*<a class="chip"\s+href="([^"]*)"', text)
    assert chip and chip[1] == "/?search=dune"
    assert ("/?search=dune", "Deserts", "1") in facet(text, "subject")


def test_all_books_are_counted_only_when_somebody_wants_to_see_it(three: list[Book]) -> None:
    page, part = Client().get("/").text, Client().get("/", **htmx("facets")).text

    assert ("data-facet" in page, 'hx-trigger="intersect once"' in page) == (False, True)
    assert facet(part, "decade") == [
        ("/?decade=1960", "1960–1969", "1"),
        ("/?decade=1810", "1810–1819", "1"),
        ("/?decade=1760", "1760–1769", "1"),
    ]
    assert "card-title" not in part


def test_a_slip_is_mended_and_can_be_insisted_on(three: list[Book]) -> None:
    mended, exact = Client().get("/?search=emna").text, Client().get("/?search=emna&exact=true").text

    assert (titles(mended), titles(exact)) == (["Emma"], [])
    assert 'Showing results for “<b dir="auto">emma</b>”' in mended
    assert 'href="/?search=emna&amp;exact=true"' in mended
    assert 'href="/?search=emna"' in exact


def test_suggestions_are_options_of_a_list(three: list[Book]) -> None:
    assert Client().get("/suggestions/?search=du").text.strip() == '<option value="Dune"></option>'
    assert Client().get("/suggestions/").text.strip() == ""


def test_suggestions_full_of_markup_are_text(db: None) -> None:
    Book.objects.create(title='Mark"up><script>alert(1)</script>')

    assert "<script" not in Client().get("/suggestions/?search=mark").text


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
