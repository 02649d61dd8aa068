"""What the ORM promises about books and copies, whichever way they are written."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import F, ProtectedError, Value
from django.db.models.functions import Concat
from stdnum import luhn

from bookplate.catalog.models import Book, Copy, State, Visibility
from bookplate.lending.models import Hold, Loan
from bookplate.people.models import Group, User

pytestmark = pytest.mark.django_db

DUNE = "9780441172719"
FORMS = [
    "9780441172719",
    "978-0-441-17271-9",
    "978 0 441 17271 9",
    "0441172717",
    "0-441-17271-7",
    "ISBN 0-441-17271-7",
    "ISBN-13: 978-0-441-17271-9",
    '="9780441172719"',
    '="0441172717"',
    "９７８０４４１１７２７１９",
    "978–0–441–17271–9",
    " 9780441172719\n",
]


def test_the_calls_of_every_tutorial() -> None:
    dune = Book.objects.create(title="Dune", author="Frank Herbert", published_year=1965)
    emma = Book.objects.create(title="Emma", author="Jane Austen", published_year=1815)

    assert list(Book.objects.all()) == [dune, emma]
    assert Book.objects.get(title="Emma") == emma
    assert list(Book.objects.filter(author="Frank Herbert")) == [dune]
    assert (Book.objects.first(), Book.objects.count()) == (dune, 2)
    dune.title = "Dune Messiah"
    dune.save()
    assert Book.objects.get(pk=dune.pk).title == "Dune Messiah"
    assert emma.delete() == (1, {"catalog.Book": 1})
    assert [str(book) for book in Book.objects.all()] == ["Dune Messiah (Frank Herbert)"]


def _save(isbn: str) -> None:
    Book(title="Dune", isbn=isbn).save()


def _save_one_field(isbn: str) -> None:
    book = Book.objects.create(title="Dune")
    book.isbn = isbn
    book.save(update_fields=["isbn"])


def _update(isbn: str) -> None:
    Book.objects.create(title="Dune")
    Book.objects.filter(title="Dune").update(isbn=isbn)


def _bulk_update(isbn: str) -> None:
    book = Book.objects.create(title="Dune")
    book.isbn = isbn
    Book.objects.bulk_update([book], ["isbn"])


def _update_or_create(isbn: str) -> None:
    Book.objects.create(title="Dune")
    Book.objects.update_or_create(title="Dune", defaults={"isbn": isbn})


WRITES: dict[str, Callable[[str], object]] = {
    "create": lambda isbn: Book.objects.create(title="Dune", isbn=isbn),
    "save": _save,
    "save one field": _save_one_field,
    "bulk_create": lambda isbn: Book.objects.bulk_create([Book(title="Dune", isbn=isbn)]),
    "get_or_create": lambda isbn: Book.objects.get_or_create(isbn=isbn, defaults={"title": "Dune"}),
    "update": _update,
    "bulk_update": _bulk_update,
    "update_or_create": _update_or_create,
}


@pytest.mark.parametrize("way", WRITES)
@pytest.mark.parametrize("form", FORMS)
def test_every_write_stores_thirteen_digits_whatever_form_came(way: str, form: str) -> None:
    WRITES[way](form)

    # The words hold the number as it is stored, so that it is found by it.
    assert list(Book.objects.values_list("isbn", "words")) == [(DUNE, f" tdune o{DUNE} ")]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_finds_the_book(form: str) -> None:
    dune = Book.objects.create(title="Dune", isbn=DUNE)

    assert Book.objects.get(isbn=form) == dune
    assert list(Book.objects.filter(isbn__in=[form, "junk"])) == [dune]
    assert list(Book.objects.exclude(isbn=form)) == []
    assert Book.objects.get_or_create(isbn=form, defaults={"title": "Another"}) == (dune, False)


def test_the_object_in_hand_knows_its_thirteen_digits() -> None:
    made = Book.objects.create(title="Dune", isbn="0-441-17271-7")
    saved = Book(title="Emma", isbn="0-14-143958-0")
    saved.save()
    many = Book.objects.bulk_create([Book(title="Persuasion", isbn="0141439688")])

    assert [made.isbn, saved.isbn, many[0].isbn] == [DUNE, "9780141439587", "9780141439686"]


@pytest.mark.parametrize("way", WRITES)
@pytest.mark.parametrize("wrong", ["9780441172718", "9.78E+12", "12345", "abc"])
def test_what_is_no_isbn_is_not_stored(way: str, wrong: str) -> None:
    with pytest.raises(ValidationError), transaction.atomic():
        WRITES[way](wrong)

    assert list(Book.objects.exclude(isbn=None)) == []


@pytest.mark.parametrize("empty", ["", "  ", "-", '=""', None])
def test_an_empty_isbn_is_none_and_may_be_there_many_times(empty: str | None) -> None:
    books = [Book.objects.create(title="Old", isbn=empty), Book(title="Old", isbn=empty)]
    Book.objects.bulk_create(books[1:])

    assert [book.isbn for book in Book.objects.all()] == [None, None]


def test_one_isbn_in_two_forms_is_one_isbn() -> None:
    Book.objects.create(title="Dune", isbn=DUNE)
    emma = Book.objects.create(title="Emma")

    refused(lambda: Book.objects.create(title="Again", isbn="0-441-17271-7"))
    refused(lambda: Book.objects.bulk_create([Book(title="Again", isbn="0441172717")]))
    refused(lambda: Book.objects.filter(pk=emma.pk).update(isbn="0441172717"))
    with pytest.raises(ValidationError) as error:
        Book(title="Again", isbn="0-441-17271-7").full_clean()
    assert error.value.message_dict == {"isbn": ["There is a book with this ISBN already."]}


def refused(write: Callable[[], object]) -> None:
    """The database itself says no, and nothing has changed."""
    before = [list(model.objects.values()) for model in (Book, Copy, Loan, Hold)]
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        write()
    assert [list(model.objects.values()) for model in (Book, Copy, Loan, Hold)] == before


def keys() -> list[tuple[str, str, int, str]]:
    rows = Book.objects.order_by("id").values_list("title_key", "author_key", "year_key", "words")
    return [(title, author, year, text) for title, author, year, text in rows]


def test_sort_keys_and_words_follow_every_write() -> None:
    book = Book.objects.create(title="“L’Étranger”", author="CAMUS, Albert", published_year=1942, publisher="Gallimard")
    assert keys() == [
        ("l’etranger”", "camus, albert", 1942, " tl tetranger acamus aalbert ogallimard o1942 tletranger ")
    ]

    book.title = "Ça ira"
    book.save()
    assert keys() == [("ca ira", "camus, albert", 1942, " tca tira acamus aalbert ogallimard o1942 ")]

    book.author = "Ödön"
    book.save(update_fields=["author"])
    assert keys() == [("ca ira", "odon", 1942, " tca tira aodon ogallimard o1942 ")]

    Book.objects.filter(author="Ödön").update(author="Sløk", published_year=None)
    assert keys() == [("ca ira", "slok", -9999, " tca tira aslok ogallimard ")]

    book.refresh_from_db()
    book.title, book.subjects = "Ｄｕｎｅ", "Größe"
    Book.objects.bulk_update([book], ["title", "subjects"])
    assert keys() == [("dune", "slok", -9999, " tdune aslok ogallimard ogrosse hgrosse ")]

    Book.objects.update_or_create(title="Ｄｕｎｅ", defaults={"publisher": "Ace"})
    assert keys() == [("dune", "slok", -9999, " tdune aslok oace ogrosse hgrosse ")]


def test_an_update_by_an_expression_is_followed_too() -> None:
    Book.objects.bulk_create([Book(title=f"Éric {number}", author="Ö") for number in range(3)])
    changed = Book.objects.filter(title__endswith="2").update(title=Concat(F("title"), Value(" Ñ")), author=F("title"))

    assert changed == 1
    assert [(title, author) for title, author, *_ in keys()] == [
        ("eric 0", "o"),
        ("eric 1", "o"),
        ("eric 2 n", "eric 2"),
    ]


def test_an_update_of_very_many_is_followed() -> None:
    Book.objects.bulk_create([Book(title="É") for _ in range(2500)])

    assert Book.objects.update(title="Ñ") == 2500
    assert set(keys()) == {("n", "", -9999, " tn ")}


def test_a_bulk_create_that_updates_is_followed() -> None:
    Book.objects.create(title="Dune", author="Herbert", isbn=DUNE)
    Book.objects.bulk_create(
        [Book(title="Ñandú", isbn="0441172717"), Book(title="Ñu")],
        update_conflicts=True,
        unique_fields=["isbn"],
        update_fields=["title"],
    )

    assert keys() == [("nandu", "herbert", -9999, f" tnandu aherbert o{DUNE} "), ("nu", "", -9999, " tnu ")]


def test_an_update_of_what_is_not_sorted_by_is_one_query(django_assert_num_queries: Any) -> None:
    Book.objects.bulk_create([Book(title="T") for _ in range(3)])

    with django_assert_num_queries(1):
        assert Book.objects.update(language="en") == 3


def test_a_sort_key_is_never_empty_and_fits_its_index() -> None:
    Book.objects.bulk_create([Book(title="???"), Book(title="漢" * 1000), Book(title="ﬃ" * 1000)])

    assert [title for title, *_ in keys()] == ["???", "漢" * 200, "ffi" * 66 + "ff"]


def test_a_title_of_two_thousand_characters_is_kept() -> None:
    Book.objects.create(title="漢" * 2000, author="é" * 2000)

    assert list(Book.objects.values_list("title", "author")) == [("漢" * 2000, "é" * 2000)]


BOOKS_REFUSED: dict[str, Callable[[], object]] = {
    "no title": lambda: Book.objects.create(title=""),
    "no title by update": lambda: Book.objects.update(title=""),
    "a title too long": lambda: Book.objects.create(title="x" * 2001),
    "a title too long by bulk_create": lambda: Book.objects.bulk_create([Book(title="x" * 2001)]),
    "a title too long by update": lambda: Book.objects.update(title="x" * 2001),
    "a publisher too long": lambda: Book.objects.create(title="T", publisher="x" * 1001),
    "subjects too long": lambda: Book.objects.create(title="T", subjects="x" * 20_001),
    "an author too long": lambda: Book.objects.create(title="T", author="x" * 2001),
    "a year before writing": lambda: Book.objects.create(title="T", published_year=-4001),
}


@pytest.mark.parametrize("what", BOOKS_REFUSED)
def test_the_database_refuses_a_book(book: Book, what: str) -> None:
    refused(BOOKS_REFUSED[what])


def test_a_form_refuses_a_year_to_come_and_a_long_title() -> None:
    with pytest.raises(ValidationError) as error:
        Book(title="x" * 2001, published_year=9000).full_clean()
    assert sorted(error.value.message_dict) == ["published_year", "title"]


COPIES_REFUSED: dict[str, Callable[[Book, User, Group], object]] = {
    "a barcode twice": lambda book, alice, group: Copy.objects.create(book=book, barcode="B1"),
    "a barcode twice by update": lambda book, alice, group: Copy.objects.update(barcode="B1"),
    "no barcode": lambda book, alice, group: Copy.objects.create(book=book, barcode=""),
    "an unknown state": lambda book, alice, group: Copy.objects.create(book=book, state="eaten"),
    "an unknown state by update": lambda book, alice, group: Copy.objects.update(state="eaten"),
    "an unknown visibility": lambda book, alice, group: Copy.objects.create(book=book, visibility="moon"),
    "friends of nobody": lambda book, alice, group: Copy.objects.create(book=book, visibility=Visibility.FRIENDS),
    "friends of a group": lambda book, alice, group: Copy.objects.create(
        book=book, owner_group=group, visibility=Visibility.FRIENDS
    ),
    "the group of nobody": lambda book, alice, group: Copy.objects.create(book=book, visibility=Visibility.GROUP),
    "two owners": lambda book, alice, group: Copy.objects.create(book=book, owner=alice, owner_group=group),
}


@pytest.mark.parametrize("what", COPIES_REFUSED)
def test_the_database_refuses_a_copy(copy: Copy, alice: User, what: str) -> None:
    Copy.objects.create(book=copy.book)
    refused(lambda: COPIES_REFUSED[what](copy.book, alice, alice.group))


@pytest.mark.parametrize("visibility", Visibility.values)
def test_a_persons_copy_may_be_for_any_of_them(book: Book, alice: User, visibility: str) -> None:
    assert Copy.objects.create(book=book, owner=alice, visibility=visibility).state == State.IN


def test_a_copy_gets_a_barcode() -> None:
    book = Book.objects.create(title="T")
    codes = [Copy.objects.create(book=book).barcode for _ in range(3)]

    assert (len(set(codes)), {len(code) for code in codes}, all(map(luhn.is_valid, codes))) == (3, {12}, True)


def test_a_book_with_copies_or_holds_and_a_copy_with_loans_stay(loan: Loan, alice: User) -> None:
    awaited, shelved = (Book.objects.create(title=title) for title in ("Awaited", "Shelved"))
    Hold.objects.create(book=awaited, member=alice.member)
    Copy.objects.create(book=shelved)

    for still_used in (loan.copy, shelved, awaited):
        with pytest.raises(ProtectedError):
            still_used.delete()
    with pytest.raises(ProtectedError):
        Book.objects.all().delete()
    assert [model.objects.count() for model in (Book, Copy, Loan, Hold)] == [3, 2, 1, 1]
