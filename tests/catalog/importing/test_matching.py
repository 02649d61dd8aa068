"""Which book a row is: ISBN-10 = ISBN-13, else title, author and year; differing editions never merge."""

import pytest

from bookplate.catalog.importing import matching
from bookplate.catalog.importing.records import Draft
from bookplate.catalog.models import Book
from bookplate.catalog.search import upkeep
from tests.catalog.importing.conftest import Bring, counts, titles
from tests.catalog.test_plans import plan_of

pytestmark = pytest.mark.django_db


def test_short_and_long_isbn_are_one_book(bring: Bring) -> None:
    job = bring("title,isbn\nThe Hobbit,0261102214\nHobbit,978-0-261-10221-7\n")

    assert (counts(job), titles()) == ((2, 1, 0, 1, 0), ["The Hobbit"])


def test_without_isbn_spelling_does_not_matter(bring: Bring) -> None:
    job = bring("title,author,year\nLes Misérables,Victor Hugo,1862\nLES  MISERABLES,victor hugo,1862\n")

    assert counts(job) == (2, 1, 0, 1, 0)


@pytest.mark.parametrize(
    "other",
    [
        "Solaris,Lem,1961,pl,,",
        "Solaris,Lem,1961,en,2nd,",
        "Solaris,Lem,1961,en,,Faber",
        "Solaris,Lem,1962,en,,",
        "Solaris,Lem,,en,,",
        "Solaris,Clarke,1961,en,,",
        "Solaris 2,Lem,1961,en,,",
    ],
)
def test_what_differs_is_another_edition(bring: Bring, other: str) -> None:
    job = bring(f"title,author,year,language,edition,publisher\nSolaris,Lem,1961,en,1st,MON\n{other}\n")

    assert counts(job) == (2, 2, 0, 0, 0)


def test_titles_that_differ_late_are_two_books(bring: Bring) -> None:
    long = "a" * 300
    job = bring(f"title\n{long}b\n{long}c\n")

    assert counts(job) == (2, 2, 0, 0, 0)


def test_a_row_without_isbn_is_never_a_book_with_one(bring: Bring) -> None:
    list_ = "title,author,year,isbn\nThe Hobbit,Tolkien,1995,0261102214\nThe Hobbit,Tolkien,1995,\n"

    assert counts(bring(list_)) == (2, 2, 0, 0, 0)
    assert counts(bring(list_)) == (2, 0, 0, 2, 0)


def test_only_empty_fields_are_filled(bring: Bring) -> None:
    Book.objects.create(title="My own title", isbn="9780261102217", publisher="Mine")
    job = bring("title,author,publisher,year,isbn\nThe Hobbit,Tolkien,Theirs,1995,0261102214\n")

    book = Book.objects.get()
    assert counts(job) == (1, 0, 1, 0, 0)
    assert (book.title, book.publisher, book.author, book.published_year) == ("My own title", "Mine", "Tolkien", 1995)
    assert (book.author_key, " atolkien " in book.words) == ("tolkien", True)


def test_rows_of_one_file_complete_each_other(bring: Bring) -> None:
    lines = [
        "title,author,isbn,publisher",
        "The Hobbit,,0261102214,",
        "The Hobbit,Tolkien,0261102214,",
        "The Hobbit,,,",
    ]
    job = bring("\n".join([*lines, "The Hobbit,,0261102214,HarperCollins"]))

    assert counts(job) == (4, 2, 2, 0, 0)
    assert Book.objects.values_list("author", "publisher").get(isbn="9780261102217") == ("Tolkien", "HarperCollins")
    assert counts(bring("\n".join(lines))) == (3, 0, 0, 3, 0)


@pytest.mark.parametrize(
    "drafts", [[Draft(title=f"Book {n}") for n in range(400)], [Draft(isbn=f"978{n:010}") for n in range(400)]]
)
def test_books_are_looked_up_by_an_index_however_few_the_database_has_been_told_of(drafts: list[Draft]) -> None:
    """SQLite went through all books for each portion of a first list: its statistics were of an empty library.

    PostgreSQL knows how large a table is, and may well read a small one.
    """
    Book.objects.create(title="Winter", isbn="9780261102217")
    upkeep.freshen_statistics()
    plan, found = plan_of(lambda: list(matching.candidates(drafts)))

    assert found == []
    assert "SCAN catalog_book" not in plan
