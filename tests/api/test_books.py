"""The contract's table for /api/books/, verb by verb (design.md, The HTTP contract)."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.core.models import Event
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


def test_the_list_is_an_array_of_books(client: Client, book: Book) -> None:
    answer = client.get("/api/books/")

    assert answer.status_code == 200
    assert answer.json() == [
        {
            "id": book.pk,
            "title": "The Left Hand of Darkness",
            "author": "Ursula K. Le Guin",
            "published_year": 1969,
            "isbn": "9780441478125",
            "publisher": "",
            "edition": "",
            "language": "",
            "subjects": "",
        }
    ]


def test_an_empty_catalogue_is_an_empty_array(client: Client) -> None:
    answer = client.get("/api/books/")

    assert (answer.status_code, answer.json(), answer.headers.get("Link")) == (200, [], None)


def test_pages_are_linked_to_the_end(client: Client) -> None:
    Book.objects.bulk_create([Book(title=f"Book {number % 3}", author="A") for number in range(25)])

    titles, address, pages = [], "/api/books/?limit=10&ordering=title", 0
    while address:
        answer = client.get(address)
        titles += [(row["title"], row["id"]) for row in answer.json()]
        address, pages = next_page(answer.headers.get("Link", "")), pages + 1

    assert titles == sorted(titles)
    assert (len(set(titles)), pages) == (25, 3)


def next_page(link: str) -> str:
    return link.removeprefix("<").removesuffix('>; rel="next"')


@pytest.mark.parametrize("ordering", ["id", "title", "author", "published_year", "added"])
@pytest.mark.parametrize("down", ["", "-"])
def test_every_ordering_pages_without_gap_or_repeat(client: Client, ordering: str, down: str) -> None:
    years = [None, 1900, 1900, 2000, -750]
    Book.objects.bulk_create(
        [Book(title=f"Ä{n % 2}", author=f"b{n % 3}", published_year=years[n % 5]) for n in range(11)]
    )
    whole = [row["id"] for row in client.get(f"/api/books/?ordering={down}{ordering}").json()]

    paged, address = [], f"/api/books/?limit=3&ordering={down}{ordering}"
    while address:
        answer = client.get(address)
        paged += [row["id"] for row in answer.json()]
        address = next_page(answer.headers.get("Link", ""))

    assert paged == whole
    assert len(whole) == 11


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "1e9"])
def test_a_page_size_that_cannot_be_is_named(client: Client, limit: str) -> None:
    answer = client.get(f"/api/books/?limit={limit}")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["limit"])


@pytest.mark.parametrize(
    "after", ["x", "W10", "eyJh", "WyJpZCIsICJcdTAwMDAiLCAxXQ", "WyJpZCIsMSwxZTQwMF0", "A" * 5000, "é"]
)
def test_a_cursor_of_no_page_is_refused(client: Client, after: str) -> None:
    answer = client.get("/api/books/", {"after": after})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["after"])


def test_a_book_is_made_by_a_librarian(librarian: User) -> None:
    body = {"title": "Dune", "author": "Frank Herbert", "published_year": 1965, "isbn": "0-441-17271-7"}
    answer = signed_in(librarian).post("/api/books/", body)

    made = Book.objects.get()
    assert (made.title, made.author, made.published_year, made.isbn) == ("Dune", "Frank Herbert", 1965, "9780441172719")
    assert answer.status_code == 201
    assert answer.json() == client_reads(f"/api/books/{made.pk}/")
    assert answer.headers["Location"] == f"http://testserver/api/books/{made.pk}/"


def client_reads(address: str) -> object:
    return Client().get(address).json()


@pytest.mark.parametrize("isbn", ["9780441478125", "0-441-47812-3", "978 0 441 47812 5", '="9780441478125"'])
def test_a_taken_isbn_is_named_in_whatever_form(librarian: User, book: Book, isbn: str) -> None:
    answer = signed_in(librarian).post("/api/books/", {"title": "Another", "author": "B", "isbn": isbn})

    assert answer.status_code == 400
    assert answer.json()["errors"] == {"isbn": ["There is a book with this ISBN already."]}
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_year_to_come_is_refused(librarian: User) -> None:
    year = timezone.localdate().year + 1
    answer = signed_in(librarian).post("/api/books/", {"title": "T", "author": "A", "published_year": year})

    assert (answer.status_code, answer.json()["errors"]) == (400, {"published_year": [f"{year} lies in the future."]})


def test_this_year_and_before_christ_are_fine(librarian: User) -> None:
    for year in (date.today().year, -750, None):
        answer = signed_in(librarian).post("/api/books/", {"title": "T", "author": "A", "published_year": year})
        assert (answer.status_code, answer.json()["published_year"]) == (201, year)


@pytest.mark.parametrize("isbn", ["", None])
def test_any_number_of_books_may_be_without_isbn(librarian: User, isbn: str | None) -> None:
    client = signed_in(librarian)
    answers = [client.post("/api/books/", {"title": "Old", "author": "A", "isbn": isbn}) for _ in range(2)]

    assert [(a.status_code, a.json()["isbn"]) for a in answers] == [(201, None), (201, None)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", None),
        ("title", "x" * 2001),
        ("title", ["a"]),
        ("isbn", "9780441478124"),
        ("isbn", "9.78E+12"),
        ("published_year", "soon"),
        ("published_year", 10**20),
        ("published_year", -100_000),
        ("published_year", True),
    ],
)
def test_a_wrong_value_is_named(librarian: User, field: str, value: object) -> None:
    answer = signed_in(librarian).post("/api/books/", {"title": "T", "author": "A"} | {field: value})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_title_of_a_thousand_characters_is_kept(librarian: User) -> None:
    answer = signed_in(librarian).post("/api/books/", {"title": "ä" * 1000, "author": "A"})

    assert (answer.status_code, answer.json()["title"]) == (201, "ä" * 1000)


def test_reading_one_book(client: Client, book: Book) -> None:
    answer = client.get(f"/api/books/{book.pk}/")

    assert (answer.status_code, answer.json()["title"]) == (200, book.title)


def test_an_unread_book_is_not_sent_again(client: Client, book: Book) -> None:
    tag = client.get(f"/api/books/{book.pk}/").headers["ETag"]
    answer = client.get(f"/api/books/{book.pk}/", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)


@pytest.mark.parametrize("number", ["999999", "99999999999999999999999", "0"])
def test_an_unknown_book_is_a_problem(client: Client, number: str) -> None:
    answer = client.get(f"/api/books/{number}/")

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["status"] == 404


def test_put_replaces_and_patch_changes(librarian: User, book: Book) -> None:
    client = signed_in(librarian)
    put = client.put(f"/api/books/{book.pk}/", {"title": "New", "author": "N", "isbn": book.isbn})
    patch = client.patch(f"/api/books/{book.pk}/", {"published_year": 1970})

    assert (put.status_code, put.json()["title"]) == (200, "New")
    assert (patch.status_code, patch.json()["title"], patch.json()["published_year"]) == (200, "New", 1970)


def test_put_without_a_required_field_names_it(librarian: User, book: Book) -> None:
    answer = signed_in(librarian).put(f"/api/books/{book.pk}/", {"author": "N"})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["title"])


def test_a_change_of_what_has_changed_meanwhile_is_refused(librarian: User, book: Book) -> None:
    client = signed_in(librarian)
    tag = client.get(f"/api/books/{book.pk}/").headers["ETag"]
    first = client.patch(f"/api/books/{book.pk}/", {"title": "First"}, headers={"If-Match": tag})
    second = client.patch(f"/api/books/{book.pk}/", {"title": "Second"}, headers={"If-Match": tag})

    assert (first.status_code, second.status_code) == (200, 412)
    assert Book.objects.get(pk=book.pk).title == "First"


def test_delete_answers_with_nothing(librarian: User, book: Book) -> None:
    answer = signed_in(librarian).delete(f"/api/books/{book.pk}/")

    assert (answer.status_code, answer.content) == (204, b"")
    assert not Book.objects.exists()


def test_a_book_with_copies_stays(librarian: User, copy: Copy) -> None:
    answer = signed_in(librarian).delete(f"/api/books/{copy.book_id}/")

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/still-used")
    assert Book.objects.exists()


def test_what_is_not_documented_cannot_be_written(librarian: User) -> None:
    answer = signed_in(librarian).post("/api/books/", {"id": 77, "title": "T", "author": "A", "added_at": "2001-01-01"})

    made = Book.objects.get()
    assert (answer.status_code, made.pk == 77, made.added_at.year > 2001) == (201, False, True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=darkness+guin", ["The Left Hand of Darkness"]),
        ("search=ETRANGER", ["L’Étranger"]),
        ("search=0-441-47812-3", ["The Left Hand of Darkness"]),
        ("search=nothing+like+it", []),
        ("author=camus", ["L’Étranger"]),
        ("title=left", ["The Left Hand of Darkness"]),
        ("isbn=0441478123", ["The Left Hand of Darkness"]),
        ("isbn=junk", []),
        ("published_year=1942", ["L’Étranger"]),
        ("published_year__gte=1943", ["The Left Hand of Darkness"]),
        ("published_year__lte=1943", ["L’Étranger"]),
        ("language=fr", ["L’Étranger"]),
        ("available=true", ["The Left Hand of Darkness"]),
        ("available=false", ["L’Étranger"]),
        ("owner__password__startswith=a", ["The Left Hand of Darkness", "L’Étranger"]),
    ],
)
def test_filters(client: Client, copy: Copy, query: str, found: list[str]) -> None:
    Book.objects.create(title="L’Étranger", author="Albert Camus", published_year=1942, language="fr")

    assert [row["title"] for row in client.get(f"/api/books/?{query}").json()] == found


def test_available_counts_only_what_the_caller_may_see(client: Client, copy: Copy, alice: User, bob: User) -> None:
    Copy.objects.update(visibility=Visibility.OWNER, owner=alice)

    assert client.get("/api/books/?available=true").json() == []
    assert signed_in(bob).get("/api/books/?available=true").json() == []
    assert len(signed_in(alice).get("/api/books/?available=true").json()) == 1


@pytest.mark.parametrize(
    "query",
    ["published_year=x", "ordering=owner__password", "search=%00", "available=perhaps", "published_year__gte=1e99"],
)
def test_a_query_that_cannot_be_understood_is_named(client: Client, query: str) -> None:
    answer = client.get(f"/api/books/?{query}")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.partition("=")[0]])


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_database_once(
    client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Book.objects.bulk_create([Book(title=f"B{n}", author="A") for n in range(rows)])

    with django_assert_num_queries(1):
        assert len(client.get("/api/books/").json()) == rows


def test_each_change_is_told(librarian: User) -> None:
    client: APIClient = signed_in(librarian)
    number = client.post("/api/books/", {"title": "T", "author": "A"}).json()["id"]
    client.patch(f"/api/books/{number}/", {"title": "U"})
    client.post("/api/books/", {"title": ""})
    client.delete(f"/api/books/{number}/")

    told = [(event.type, event.book) for event in Event.objects.all()]
    assert told == [("book.added", number), ("book.changed", number), ("book.removed", number)]
