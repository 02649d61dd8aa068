"""What the database writes of a book means what the serializer says, field for field, on both databases."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework import serializers

from bookplate.api.books import BookSerializer
from bookplate.api.json_fields import json_columns
from bookplate.catalog.models import Book
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

CONTROLS = "".join(map(chr, range(1, 32)))
ODD = [
    "quotes \" and ' and “”",
    "back\\slash \\n \\u0041 \\",
    f"controls {CONTROLS}\x7f\x80\x9f",
    "lines \u2028 \u2029 \u0085 \ufeff",
    "emoji 📚👩\u200d🏫 beyond the plane 𝔅 \U0010ffff \uffff",
    "right to left עברית \u202eabc",
    "e\u0301 is not é, ﷽",
    "</script><!-- & %s %% {} ' || 1",
    "[1, null]",
    "null",
    "1",
    " ",
]
TEXTS = ["title", "author", "publisher", "edition", "subjects"]


@pytest.fixture
def odd_books() -> list[Book]:
    """Every text in every field that holds one, and every year and ISBN there may be."""
    years, isbns = [None, -4000, -1, 0, 1, 2024], [None, "9780441478125", None]
    rows = [Book(**dict.fromkeys(TEXTS, text), language=text[:8]) for text in ODD]
    rows += [Book(title="T", published_year=year) for year in years] + [Book(title="T", isbn=isbn) for isbn in isbns]
    return Book.objects.bulk_create(rows)


def as_serialized(books: list[Book]) -> list[dict[str, object]]:
    return json.loads(json.dumps(BookSerializer(books, many=True).data))  # type: ignore[no-any-return]


def test_the_list_means_what_the_serializer_says(client: Client, odd_books: list[Book]) -> None:
    assert client.get("/api/books/").json() == as_serialized(list(Book.objects.order_by("id")))


def test_one_book_means_what_the_serializer_says(client: Client, odd_books: list[Book]) -> None:
    found = [client.get(f"/api/books/{book.pk}/").json() for book in odd_books]

    assert found == as_serialized(odd_books)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_too(client: Client, odd_books: list[Book]) -> None:
    """There PostgreSQL's driver is gone past."""
    rows = as_serialized(list(Book.objects.order_by("id")))

    assert client.get("/api/books/").json() == rows
    assert client.get("/api/books/?published_year=-4000").json() == [
        row for row in rows if row["published_year"] == -4000
    ]
    assert client.get(f"/api/books/{odd_books[0].pk}/").json() == rows[0]


def test_the_fields_come_in_the_serializers_order(client: Client, book: Book) -> None:
    names = list(BookSerializer().fields)

    assert list(client.get("/api/books/").json()[0]) == names
    assert list(client.get(f"/api/books/{book.pk}/").json()) == names


@pytest.mark.parametrize(
    "field",
    [
        serializers.DateTimeField(source="added_at"),
        serializers.BooleanField(source="title"),
        serializers.CharField(source="published_year"),
        serializers.CharField(source="copies.first.barcode", read_only=True),
        serializers.SerializerMethodField("get_more"),
        serializers.ChoiceField(choices=["en"], source="language"),
        type("Shouted", (serializers.CharField,), {"to_representation": lambda _, text: text.upper()})(source="title"),
    ],
)
def test_a_field_that_the_database_would_write_otherwise_stops_the_start(field: serializers.Field) -> None:  # type: ignore[type-arg]
    fields = type("Meta", (BookSerializer.Meta,), {"fields": [*BookSerializer.Meta.fields, "more"]})
    wider = type("Wider", (BookSerializer,), {"Meta": fields, "more": field})

    with pytest.raises(ImproperlyConfigured, match=r"^Wider\.more: the database writes books as JSON"):
        json_columns(wider)


def test_a_text_field_is_all_that_it_takes(book: Book) -> None:
    fields = type("Meta", (BookSerializer.Meta,), {"fields": ["id", "heading"]})
    other = type("Other", (BookSerializer,), {"Meta": fields, "heading": serializers.CharField(source="title")})

    assert json_columns(other) == (("id", "id"), ("heading", "title"))


@pytest.mark.parametrize("text", ["fr", "en", "' OR 1", "%s", "%", '"', "\\"])
def test_a_statement_that_is_used_again_has_the_new_values(client: Client, text: str) -> None:
    Book.objects.bulk_create([Book(title=f"In {code}", language=code) for code in ("fr", "en")])

    found = [row["title"] for row in client.get("/api/books/", {"language": text}).json()]

    assert found == ([f"In {text}"] if text in ("fr", "en") else [])


def test_all_filters_at_once(client: Client) -> None:
    books = [Book(title=f"T{year}", language=code, published_year=year) for year in range(9) for code in ("fr", "en")]
    Book.objects.bulk_create(books)
    query = "language=fr&published_year__gte=2&published_year__lte=6&ordering=-published_year&limit=2"

    first = client.get(f"/api/books/?{query}")
    second = client.get(first.headers["Link"].partition("<")[2].partition(">")[0])

    assert [row["title"] for row in [*first.json(), *second.json()]] == ["T6", "T5", "T4", "T3"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("published_year__gte=-9999", ["old", "new"]),
        ("published_year__lte=9999", ["old", "new"]),
        ("published_year=-9999", []),
        ("published_year__lte=-9999", []),
        ("published_year__gte=-800&published_year__lte=-700", ["old"]),
    ],
)
def test_an_unknown_year_is_in_no_span_of_years(client: Client, query: str, found: list[str]) -> None:
    Book.objects.bulk_create(
        [Book(title="undated"), Book(title="old", published_year=-750), Book(title="new", published_year=2000)]
    )

    assert [row["title"] for row in client.get(f"/api/books/?{query}").json()] == found


@pytest.mark.parametrize("query", ["", "?language=en&ordering=-title", "?search=a", "?available=true"])
def test_the_next_page_comes_with_the_same_query(
    client: Client, query: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Book.objects.bulk_create([Book(title=f"a{n}", language="en") for n in range(3)])
    with django_assert_num_queries(1):
        client.get(f"/api/books/{query}{'&' if query else '?'}limit=2")


def test_what_a_change_answers_is_read_afterwards(librarian: User, book: Book) -> None:
    client, address = signed_in(librarian), f"/api/books/{book.pk}/"

    patched = client.patch(address, {"title": "Ü “\\” \t", "published_year": -5})
    read = client.get(address)
    put = client.put(address, {"title": "New"}, headers={"If-Match": read.headers["ETag"]})

    assert (patched.json(), put.status_code, client.get(address).json()) == (read.json(), 200, put.json())


def test_equal_books_have_equal_tags(client: Client, book: Book) -> None:
    address = f"/api/books/{book.pk}/"
    tag = client.get(address).headers["ETag"]
    Book.objects.filter(pk=book.pk).update(title="Other")
    other = client.get(address).headers["ETag"]
    Book.objects.filter(pk=book.pk).update(title=book.title, added_at=timezone.now())

    assert other != tag == client.get(address).headers["ETag"]


@pytest.mark.parametrize("address", ["/api/books/", "/api/books/{}/"])
def test_the_answer_has_the_headers_of_any_other(client: Client, book: Book, address: str) -> None:
    address = address.format(book.pk)
    read, head = client.get(address), client.head(address)

    assert (read.headers["Content-Type"], read.headers["Vary"]) == ("application/json", "Authorization, origin")
    assert "GET" in read.headers["Allow"]
    assert (head.status_code, head.content, head.headers) == (200, b"", read.headers)
    assert client.options(address).json()["name"]
    assert client.get(address, headers={"Accept": "text/html"}).status_code == 406


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/*;q=0.5", "text/html, */*;q=0.1"])
def test_whoever_takes_json_gets_it(client: Client, book: Book, accept: str) -> None:
    headers = {"Accept": accept} if accept else {}

    assert client.get("/api/books/", headers=headers).headers["Content-Type"] == "application/json"


def test_a_format_that_there_is_not_is_refused(client: Client) -> None:
    assert [client.get(f"/api/books/?format={name}").status_code for name in ("json", "xml")] == [200, 404]


@pytest.mark.parametrize("query", ["language=%3E&limit=1", 'limit=1&x=>;y="<a b>', "title=%C3%A4&limit=1", "limit=1&"])
def test_the_link_asks_the_same_again(client: Client, query: str) -> None:
    Book.objects.bulk_create([Book(title=f"ä{n}", language=">") for n in range(3)])

    address = f"/api/books/?after={first_cursor(client)}&{query}"
    link = client.get(address).headers["Link"]
    following = link.removeprefix("<http://testserver").removesuffix('>; rel="next"')

    assert not set('<> "') & set(following)
    assert [row["title"] for row in client.get(following).json()] == ["ä2"]


def first_cursor(client: Client) -> str:
    return client.get("/api/books/?limit=1").headers["Link"].partition("after=")[2].partition(">")[0]
