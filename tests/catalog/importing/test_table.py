"""Any CSV (G22): separators, encodings, quotation marks, ragged rows, columns in several languages."""

import time

import pytest

from bookplate.catalog.models import Book
from tests.catalog.importing.conftest import Bring, counts, failures, the_book, titles

pytestmark = pytest.mark.django_db

HOBBIT = ("The Hobbit", "J.R.R. Tolkien", 1995, "9780261102217")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_separator(bring: Bring, separator: str) -> None:
    rows = [["Title", "Author", "Year", "ISBN"], ["The Hobbit", "J.R.R. Tolkien", "1995", "0-261-10221-4"]]
    bring("\n".join(separator.join(cells) for cells in rows))

    assert the_book() == HOBBIT


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("cp1252", b""),
    ],
)
def test_every_encoding_and_end_of_line(bring: Bring, encoding: str, mark: bytes, ending: str) -> None:
    text = ending.join(["title;author;year", "Ærø – en ø;Søren Ærø;1995", "Käfig;Åse Ängström;1996", ""])
    job = bring(mark + text.encode(encoding))

    assert counts(job) == (2, 2, 0, 0, 0)
    assert list(Book.objects.values_list("title", "author")) == [("Ærø – en ø", "Søren Ærø"), ("Käfig", "Åse Ängström")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_letters_that_look_like_line_ends_in_utf_16(bring: Bring, encoding: str) -> None:
    # U+0A0A, U+0D0A and U+010A hold the byte of a line feed; U+0100 beside one of them both bytes.
    bring("\ufefftitle,author\nਊĀਊഊĊĀ,x\nnext,y\n".encode(encoding))

    assert titles() == ["ਊĀਊഊĊĀ", "next"]


def test_one_line_in_another_encoding_spoils_no_other(bring: Bring) -> None:
    bring("title\nŻółw\n".encode() + "Käfig\n".encode("latin-1") + "Żaba\n".encode())

    assert titles() == ["Żółw", "Käfig", "Żaba"]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(bring: Bring) -> None:
    job = bring('title,isbn,note\n"Good","",\n\n"Two\nlines","","a\nb\n\nc"\nBad,123,\n,,\n"Worse",124,\n')

    assert [position for position, _, _ in failures(job)] == [5, 7]
    assert (counts(job), titles()) == ((4, 2, 0, 0, 2), ["Good", "Two lines"])


def test_short_rows_have_empty_cells_and_long_ones_fail(bring: Bring) -> None:
    job = bring("title,author,year\nShort\nTrailing,x,1990,,\nCommas, which,are,not quoted,1990\n")

    reason = "The row has 5 cells where the header has 3. A cell that holds a “,” needs quotation marks."
    assert (failures(job), titles()) == ([(4, "", reason)], ["Short", "Trailing"])


def test_a_quotation_mark_too_many_costs_one_row(bring: Bring) -> None:
    job = bring('title,author\nOne,x\n"Two,y\nThree,z\nFour,z\n')

    assert failures(job) == [(3, "", "A quotation mark is opened and never closed.")]
    assert titles() == ["One", "Three", "Four"]


def test_marks_without_an_end_cost_no_time(bring: Bring) -> None:
    """Of them one cell can hold 100,000, which the standard library orders for half a minute."""
    begun = time.process_time()
    bring("title,author\n" + ("e" + "\u0315\u0301" * 50_000 + ",x\n") * 3)

    assert (titles(), time.process_time() - begun < 10) == (["\u00e9" + "\u0301" * 14 + "\u0315" * 15], True)


def test_a_huge_cell_costs_one_row(bring: Bring) -> None:
    job = bring('title,author\nOne,x\n"' + "z" * 200_000 + '",y\nThree,z\n')

    reason = "A cell has more than 131,072 characters. Perhaps a quotation mark is missing."
    assert (failures(job), titles()) == ([(3, "", reason)], ["One", "Three"])


@pytest.mark.parametrize(
    "header",
    [
        "Titel;Autor;Erscheinungsjahr;ISBN",
        "Titre;Auteur(s);Année de publication;ISBN-13",
        "Título;Autores;Año;ISBN",
        "TITOLO;AUTORI;anno_pubblicazione;isbn13",
        "Название;Автор;Год издания;ISBN",
        "书名;作者;出版年;ISBN",
        "タイトル;著者;出版年;ISBN",
        "العنوان;المؤلف;سنة النشر;ISBN",
        "book_title;author_name;publication-year;isbn10",
    ],
)
def test_columns_are_known_in_several_languages(bring: Bring, header: str) -> None:
    bring(f"{header}\nThe Hobbit;J.R.R. Tolkien;1995;0261102214\n")

    assert the_book() == HOBBIT


def test_all_that_a_row_says_is_kept(bring: Bring) -> None:
    bring(
        "title,subtitle,author,publisher,edition,language,genres,ean\n"
        "Solaris,a novel,Stanisław Lem; Joanna Kilmartin,Faber,2nd,English,Fiction; Science fiction,9780571311576\n"
    )

    book = Book.objects.get()
    assert (book.title, book.author) == ("Solaris: a novel", "Stanisław Lem, Joanna Kilmartin")
    assert (book.publisher, book.edition, book.language) == ("Faber", "2nd", "en")
    assert (book.subjects, book.isbn) == ("Fiction; Science fiction", "9780571311576")


@pytest.mark.parametrize(
    "header",
    ["title,creators,publish_date,ean_isbn13", "title,author,publicationyear,isbn", "title,author,copyrightdate,isbn"],
    ids=["Libib", "Koha", "Koha's biblio"],
)
def test_the_names_that_programs_have_for_columns(bring: Bring, header: str) -> None:
    bring(f"{header}\nThe Hobbit,J.R.R. Tolkien,1995,9780261102217\n")

    assert the_book() == HOBBIT


def test_a_list_of_people_is_not_one_of_books(receive: Bring) -> None:
    with pytest.raises(Exception, match="not known"):
        receive("Name,Email\nAlice,alice@example.org\n")


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("2008", 2008),
        ("2008.0", 2008),
        ("-750.0", -750),
        ("8.0", 8),
        ("c1987", 1987),
        ("[1998?]", 1998),
        ("1435 [2014]", 2014),
        ("2020-05-01", 2020),
        ("08/01/2009", 2009),
        ("199-", None),
        ("n.d.", None),
        ("0", None),
        ("", None),
    ],
)
def test_years(bring: Bring, cell: str, year: int | None) -> None:
    bring(f"title,year\nThe Hobbit,{cell}\n")

    assert Book.objects.get().published_year == year


@pytest.mark.parametrize(
    ("isbn", "isbn13", "kept"),
    [
        ("261102214", "9.78026110222e+12", "9780261102217"),  # the zero lost, the long one rounded
        ("261102214.0", "", "9780261102217"),
        ("", "9780261102217.0", "9780261102217"),
        ("7103727", "", "9780007103720"),
        ("０２６１１０２２１４", "", "9780261102217"),
        ('="0261102214"', "", "9780261102217"),
        ("0261102214, 9780261102217", "", "9780261102217"),
    ],
)
def test_isbns_that_a_spreadsheet_had_its_hands_on(bring: Bring, isbn: str, isbn13: str, kept: str) -> None:
    job = bring(f"title;isbn;isbn13\nThe Hobbit;{isbn};{isbn13}\n")

    assert (failures(job), Book.objects.get().isbn) == ([], kept)


def test_a_rounded_isbn_alone_is_reported_not_believed(bring: Bring) -> None:
    job = bring("title,isbn13\nThe Hobbit,9.78026E+12\nSolaris,\n")

    reason = "9.78026E+12 is what a spreadsheet made of an ISBN; its last digits are lost."
    assert (failures(job), titles()) == ([(2, "isbn", reason)], ["Solaris"])


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (",x,1990", "title", "There is no title."),
        ("Soon,x,3000", "published_year", "The year 3000 lies in the future."),
        ("Old,x,-9999", "published_year", "The year -9999 is before all books."),
        ("a" * 2001 + ",x,1990", "title", "The title has 2,001 characters; at most 2,000 can be kept."),
        ("b," + "x" * 2001 + ",1990", "author", "The author has 2,001 characters; at most 2,000 can be kept."),
    ],
)
def test_what_the_catalogue_cannot_keep_fails_by_field(bring: Bring, line: str, field: str, reason: str) -> None:
    job = bring(f"title,author,year\n{line}\n")

    assert failures(job) == [(2, field, reason)]


def test_nothing_that_a_database_cannot_store_comes_through(bring: Bring) -> None:
    bring(b"title,author\nThe\0 Hob\xe2\x80\x8ebit\xc2\x98,\tTolkien\x07\n")

    assert the_book()[:2] == ("The Hobbit", "Tolkien")


def test_the_line_that_excel_writes_for_the_separator(bring: Bring) -> None:
    job = bring("sep=;\ntitle;isbn\nThe Hobbit;12\n")

    assert [position for position, _, _ in failures(job)] == [3]
