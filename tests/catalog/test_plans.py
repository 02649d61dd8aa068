"""Each order and each filter of the list is answered from an index: no sort, no walk through all books."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from bookplate.catalog.listing import ORDERINGS
from bookplate.catalog.models import Book

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

SORTS = ("USE TEMP B-TREE", "Sort")
WALKS = ("SCAN catalog_book", "Seq Scan on catalog_book")


@pytest.fixture(scope="module")
def books(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """So many that an index pays; some in each language and year, some with the same title. Made once for all tests."""
    with django_db_blocker.unblock(), transaction.atomic():
        make_books()
        yield
        transaction.set_rollback(True)


def make_books() -> None:
    rows = [{"title": f"T{n % 300}", "author": f"A{n % 170}", "language": f"l{n % 71}"} for n in range(2000)]
    years = [None, -300, *range(1900, 1990)]
    Book.objects.bulk_create([Book(**row, published_year=years[n % 89]) for n, row in enumerate(rows)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            # A table this small is read faster without its indexes; this asks for the plan of a large one.
            for kind in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
                cursor.execute(f"SET LOCAL enable_{kind} = off")


def plan_of(visit: Callable[[], Any]) -> tuple[str, Any]:
    """How the database goes about the one statement of `visit`, and its answer."""
    asked = []

    def note(execute: Any, sql: str, params: Any, *others: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, *others)

    with connection.execute_wrapper(note):
        answer = visit()
    [(sql, params)] = asked
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall()), answer


def with_next(client: Client, query: str) -> list[str]:
    """The plans of the first page and of the next one."""
    first, answer = plan_of(lambda: client.get(f"/api/books/?limit=3&{query}"))
    following = answer.headers["Link"].partition("<")[2].partition(">")[0]
    second, answer = plan_of(lambda: client.get(following))
    assert len(answer.json()) == 3
    return [first, second]


@pytest.mark.parametrize("name", ORDERINGS)
def test_an_order_is_that_of_an_index(client: Client, name: str) -> None:
    for plan in with_next(client, f"ordering={name}"):
        assert not any(word in plan for word in SORTS), plan
        # The id is where SQLite keeps the row itself: it needs no index of its own.
        assert index_of(name) in plan or ("id" in name and connection.vendor == "sqlite"), plan


def index_of(name: str, prefix: str = "book_by") -> str:
    key = ORDERINGS[name].removeprefix("-")
    return f"{prefix}_{key}" if key != "id" else {"book_by": "catalog_book_pkey"}.get(prefix, prefix)


@pytest.mark.parametrize("name", ORDERINGS)
def test_a_language_has_an_index_for_each_order(client: Client, name: str) -> None:
    for plan in with_next(client, f"language=l7&ordering={name}"):
        assert not any(word in plan for word in (*SORTS, *WALKS)), plan
        assert index_of(name, "book_by_language") in plan


@pytest.mark.parametrize(
    "query",
    [
        "published_year__gte=-400",
        "published_year__lte=1980",
        "published_year__gte=-400&published_year__lte=1980",
    ],
)
@pytest.mark.parametrize("down", ["", "-"])
def test_a_span_of_years_is_read_from_its_index_in_order(client: Client, query: str, down: str) -> None:
    for plan in with_next(client, f"{query}&ordering={down}published_year"):
        assert not any(word in plan for word in (*SORTS, *WALKS)), plan
        assert "book_by_year_key" in plan


def test_one_year_is_read_from_its_index(client: Client) -> None:
    for plan in with_next(client, "published_year=1970"):
        assert not any(word in plan for word in (*SORTS, *WALKS)), plan
        assert "book_by_year_key" in plan


def test_an_isbn_and_a_book_are_found_at_once(client: Client, book: Book) -> None:
    by_isbn, _ = plan_of(lambda: client.get(f"/api/books/?isbn={book.isbn}"))
    by_number, _ = plan_of(lambda: client.get(f"/api/books/{book.pk}/"))

    assert "isbn" in by_isbn
    assert not any(word in by_isbn + by_number for word in WALKS)


def test_copies_that_are_in_are_found_by_their_book(client: Client) -> None:
    plan, _ = plan_of(lambda: client.get("/api/books/?available=true&ordering=title"))

    assert "copy_by_book_and_state" in plan


@pytest.mark.parametrize(
    "query",
    [
        "search=zebra",
        "search=zeb",
        "search=a9+zebra",
        "search=zebra+-horse",
        "author=zebra",
        "search=zebra&ordering=id",
    ],
)
def test_a_rare_word_is_found_by_the_index_of_words(client: Client, query: str) -> None:
    Book.objects.create(title="Zebra A9", author="Zebra")
    if connection.vendor == "postgresql":  # where the hits of this index are a bitmap, sorted afterwards
        with connection.cursor() as cursor:
            for kind, state in {"bitmapscan": "on", "sort": "on", "indexscan": "off"}.items():
                cursor.execute(f"SET LOCAL enable_{kind} = {state}")
            cursor.execute("ANALYZE catalog_book")

    plan, answer = plan_of(lambda: client.get(f"/api/books/?{query}"))

    assert len(answer.json()) == 1
    assert ("SCAN catalog_book_words" if connection.vendor == "sqlite" else "on book_by_words") in plan
    assert not any(walk in plan.replace("catalog_book_words", "") for walk in WALKS), plan
