"""The index is there after each migration, holds what the books say, and what is wrong with it is seen and mended."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from bookplate.catalog.models import Book
from bookplate.catalog.search import checks, index, upkeep
from bookplate.catalog.search.models import Word

pytestmark = pytest.mark.django_db


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def finds(client: Client, text: str) -> bool:
    return bool(client.get(f"/api/books/?search={text}&exact=true").json())


def drop(name: str) -> None:
    if name == "catalog_book_words":
        run("DROP TABLE catalog_book_words")
    elif name == "words_index":
        run("ALTER TABLE catalog_book DROP COLUMN words_index")
    elif name == "book_by_words":
        run("DROP INDEX book_by_words")
    else:
        run(f"DROP TRIGGER {name}" + (" ON catalog_book" if connection.vendor == "postgresql" else ""))


def parts() -> list[str]:
    known = {"sqlite": ["catalog_book_words", "book_words_added", "book_words_removed", "book_words_changed"]}
    known["postgresql"] = ["words_index", "book_by_words", "book_words_added", "book_words_changed"]
    return known[connection.vendor]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("name", "before"),
    [
        (
            "catalog_note_words",
            "CREATE OR REPLACE FUNCTION catalog_note_words() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RETURN NULL; END $$",
        ),
        (
            "book_by_words",
            "DROP INDEX book_by_words; "
            "CREATE INDEX book_by_words ON catalog_book USING gin (words_index) WITH (fastupdate = off)",
        ),
        ("words_known", "ALTER TABLE catalog_book ALTER COLUMN words_index SET STATISTICS -1"),
    ],
)
def test_what_an_earlier_version_left_is_seen_and_made_again(name: str, before: str) -> None:
    run(before)
    Book.objects.create(title="Lefthanded")

    assert index.here().missing() == [name]
    upkeep.ensure()
    assert index.here().missing() == []
    assert list(upkeep.faults()) == []


@pytest.mark.parametrize("number", range(4))
def test_whatever_is_lost_is_seen_and_made_again(number: int, client: Client) -> None:
    Book.objects.create(title="Before")
    name = parts()[number]
    drop(name)
    if name != "catalog_book_words":
        Book.objects.create(title="Meanwhile") if name != "words_index" else None

    assert name in index.here().missing()
    assert name in checks.index_is_there(databases=["default"])[0].msg
    with pytest.raises(CommandError):
        call_command("verify", stdout=StringIO())
    upkeep.ensure()

    assert (index.here().missing(), checks.index_is_there(databases=["default"])) == ([], [])
    Book.objects.create(title="Afterwards")
    assert finds(client, "before")
    assert finds(client, "afterwards")
    assert list(upkeep.faults()) == []


FAULTS: dict[str, Callable[[], object]] = {
    "words of old": lambda: run("UPDATE catalog_book SET words = ' told '"),
    "no words": lambda: run("UPDATE catalog_book SET words = ''"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_verify_sees_books_with_other_words_and_repairs_them(fault: str, client: Client) -> None:
    Book.objects.create(title="Winter Tales")
    FAULTS[fault]()
    assert not finds(client, "winter")

    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify", stdout=out)
    assert "1 book is not found by the words of today." in out.getvalue()
    call_command("verify", "--repair", stdout=out)
    assert finds(client, "winter")
    assert list(upkeep.faults()) == []


def test_an_index_that_says_something_else_is_seen() -> None:
    """In PostgreSQL the database itself makes the one of the other."""
    Book.objects.create(title="Winter")
    fault = "The index of words does not hold what is kept with the books."
    if connection.vendor == "sqlite":
        removal = "SELECT 'delete', id, words FROM catalog_book"
        run(f"INSERT INTO catalog_book_words(catalog_book_words, rowid, words) {removal}")
    assert list(upkeep.faults()) == ([fault] if connection.vendor == "sqlite" else [])

    upkeep.reindex()
    assert list(upkeep.faults()) == []


def test_reindex_finds_again_what_is_spelt_badly() -> None:
    Book.objects.bulk_create([Book(title=f"Winter {'abc'[n % 3] * 5}") for n in range(9)])
    Word.objects.all().delete()
    seen: list[int] = []
    upkeep.reindex(seen.append)

    assert seen == [9]
    assert sorted(Word.objects.values_list("text", flat=True)) == ["aaaaa", "bbbbb", "ccccc", "winter"]
    out = StringIO()
    call_command("reindex", stdout=out)
    assert out.getvalue() == "9 books are indexed.\n"
    assert Word.objects.count() == 4


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_index_is_made_anew_beside_the_words(client: Client) -> None:
    """As for whoever calls it: not within a transaction, where one thing would have to follow the other."""

    def made() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'book_by_words'::regclass::oid::bigint")
            return int(cursor.fetchone()[0])

    Book.objects.bulk_create([Book(title=f"Winter {'abc'[n % 3] * 5}") for n in range(9)])
    FAULTS["words of old"]()
    Word.objects.all().delete()
    before = made()
    call_command("reindex", stdout=StringIO())

    assert made() != before
    assert finds(client, "winter")
    assert Word.objects.count() == 4
    assert list(upkeep.faults()) == []


@pytest.mark.postgresql
def test_no_search_reads_what_waits_to_be_indexed() -> None:
    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list('book_by_words')")
            return bool(cursor.fetchone()[0])

    Book.objects.create(title="Winter")
    assert not waits()
    books = [Book(title=f"Winter {number}") for number in range(3)]
    with upkeep.at_once(books):
        Book.objects.bulk_create(books)
        assert not waits()
    Book.objects.update(title="Summer")
    assert not waits()


def test_a_word_stands_in_the_index_once() -> None:
    Book.objects.bulk_create([Book(title="Winter winter", author="Winter 1999 ab") for _ in range(3)])
    Book.objects.create(title="Winter")
    Book.objects.update(title="Wintertime")

    assert sorted(Word.objects.values_list("text", flat=True)) == ["winter", "wintertime"]


def test_a_removed_book_is_found_no_more(client: Client) -> None:
    book = Book.objects.create(title="Winter")
    assert finds(client, "winter")
    book.delete()
    assert not finds(client, "winter")
    assert list(upkeep.faults()) == []
