"""Goodreads' export: its ISBN cells, its three ages, its years."""

import pytest

from bookplate.catalog.models import Book
from tests.catalog.importing.conftest import Bring, counts, failures, the_book

pytestmark = pytest.mark.django_db

OLD = (
    "Book Id,Title,Author,Author l-f,Additional Authors,ISBN,ISBN13,My Rating,Average Rating,Publisher,Binding,"
    "Number of Pages,Year Published,Original Publication Year,Date Read,Date Added,Bookshelves,Bookshelves with "
    "positions,Exclusive Shelf,My Review,Spoiler,Private Notes,Read Count,Owned Copies"
)
MIDDLE = OLD.replace("Owned Copies", "Recommended For,Recommended By,Owned Copies,BCID")
NEW = OLD.replace(
    "Owned Copies",
    "Recommended For,Recommended By,Owned Copies,Original Purchase Date,Original Purchase Location,Condition,"
    "Condition Description,BCID",
)


def row(
    title: str, isbn: str = '="0261102214"', isbn13: str = '="9780261102217"', more: str = "", year: str = "1995"
) -> str:
    cells = ["1", title, "J.R.R.  Tolkien", "Tolkien, J.R.R.", more, isbn, isbn13, "5", "4.2", "HarperCollins"]
    cells += ["Paperback", "310", year, "1937", "", "2020/01/01", "", "", "read", "<b>Good</b>\nvery", "", "", "1"]
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


@pytest.mark.parametrize(("header", "columns"), [(OLD, 24), (MIDDLE, 27), (NEW, 31)])
def test_each_age_of_the_export_is_read(bring: Bring, header: str, columns: int) -> None:
    job = bring(f"{header}\n{row('The Hobbit')}\n")

    assert (len(header.split(",")), job.format, counts(job)) == (columns, "goodreads", (1, 1, 0, 0, 0))
    assert the_book() == ("The Hobbit", "J.R.R. Tolkien", 1995, "9780261102217")


def test_the_year_is_the_editions_not_the_works(bring: Bring) -> None:
    bring(f"{OLD}\n{row('The Hobbit', year='')}\n")

    assert Book.objects.get().published_year is None


def test_additional_authors_follow_the_first(bring: Bring) -> None:
    bring(f"{OLD}\n{row('The Hobbit', more='Alan Lee, Douglas A. Anderson')}\n")

    assert Book.objects.get().author == "J.R.R. Tolkien, Alan Lee, Douglas A. Anderson"


def test_the_short_isbn_serves_where_the_long_one_is_empty(bring: Bring) -> None:
    bring(f"{OLD}\n{row('The Hobbit', isbn13='=' + chr(34) * 2)}\n")

    assert Book.objects.get().isbn == "9780261102217"


def test_rows_without_an_isbn_are_kept_and_found_again(bring: Bring) -> None:
    export = f"{OLD}\n{row('The Hobbit', '=' + chr(34) * 2, '=' + chr(34) * 2)}\n{row('The Hobbit')}\n"

    assert counts(bring(export)) == (2, 2, 0, 0, 0)
    assert counts(bring(export)) == (2, 0, 0, 2, 0)


def test_a_wrong_isbn_fails_the_row_even_beside_a_good_one(bring: Bring) -> None:
    job = bring(f"{OLD}\n{row('The Hobbit', isbn13='=' + chr(34) + '9780261102218' + chr(34))}\n")

    reason = '="9780261102218" is not an ISBN: its check digit does not agree, so a digit is wrong or missing.'
    assert (counts(job), failures(job)) == ((1, 0, 0, 0, 1), [(2, "isbn", reason)])
