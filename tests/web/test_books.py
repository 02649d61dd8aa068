from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from bookplate.catalog import books
from bookplate.catalog.models import Book, Copy
from bookplate.core.models import Event
from bookplate.lending.models import Loan
from bookplate.people.models import User

Visit = Callable[[User | None], Client]


@pytest.fixture
def desk(visit: Visit, librarian: User) -> Client:
    return visit(librarian)


def test_adding_a_book_keeps_its_isbn_in_one_form_and_says_so(desk: Client) -> None:
    answer = desk.post("/books/add/", {"title": "Emma", "author": "Jane Austen", "isbn": "0-14-143958-0"}, follow=True)

    assert Book.objects.values_list("title", "isbn").get() == ("Emma", "9780141439587")
    assert "“Emma” is in the catalogue now." in answer.text
    assert list(Event.objects.values_list("type", flat=True)) == ["book.added"]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"title": ""}, "A book needs a title."),
        ({"isbn": "978-0-441-47812-5"}, "There is a book with this ISBN already."),
        ({"isbn": "0441478123"}, "There is a book with this ISBN already."),
        ({"isbn": "9780441478126"}, "its check digit does not agree"),
        ({"published_year": str(timezone.localdate().year + 1)}, "lies in the future"),
        ({"published_year": "-5000"}, "-4000"),
        ({"title": "x" * 2001}, "at most 2000"),
        ({"title": "\0"}, "Null characters"),
    ],
)
def test_wrong_values_are_named_and_nothing_is_saved(
    values: dict[str, str], fault: str, desk: Client, book: Book
) -> None:
    answer = desk.post("/books/add/", {"title": "Emma"} | values)

    assert (answer.status_code, Book.objects.count()) == (400, 1)
    assert fault in answer.text
    assert "Nothing was saved yet." in answer.text


def test_isbn_taken_between_check_and_save_is_named(desk: Client, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_the_race(**values: Any) -> None:
        Book.objects.create(title="The other desk's", isbn="9780141439587")
        raise IntegrityError

    monkeypatch.setattr(books, "add", lose_the_race)

    answer = desk.post("/books/add/", {"title": "Emma", "isbn": "9780141439587"})

    assert answer.status_code == 400
    assert "There is a book with this ISBN already." in answer.text


def test_editing_a_book(desk: Client, book: Book) -> None:
    desk.post(f"/books/{book.pk}/edit/", {"title": "The Dispossessed", "published_year": "1974"})

    assert Book.objects.values_list("title", "published_year", "isbn").get() == ("The Dispossessed", 1974, None)


def test_removing_a_book_asks_first(desk: Client, book: Book) -> None:
    assert "Remove this book?" in desk.get(f"/books/{book.pk}/remove/").text
    assert Book.objects.exists()

    desk.post(f"/books/{book.pk}/remove/")

    assert not Book.objects.exists()


def test_book_with_copies_stays_and_says_why(desk: Client, copy: Copy) -> None:
    answer = desk.post(f"/books/{copy.book_id}/remove/", follow=True)

    assert "still has copies or holds" in answer.text
    assert Book.objects.exists()


def test_adding_and_editing_a_copy(desk: Client, book: Book) -> None:
    desk.post(
        f"/books/{book.pk}/copies/add/",
        {"barcode": "C1", "shelfmark": "F LEG", "kind": "book", "visibility": "everyone"},
    )
    copy = Copy.objects.get()
    desk.post(f"/copies/{copy.pk}/edit/", {"barcode": "C1", "shelfmark": "SF", "kind": "book", "visibility": "members"})

    assert Copy.objects.values_list("barcode", "shelfmark", "visibility").get() == ("C1", "SF", "members")


@pytest.mark.parametrize(
    ("values", "fault"),
    [({"barcode": "B1"}, "This barcode is taken."), ({"visibility": "friends"}, "Select a valid choice.")],
)
def test_wrong_values_of_a_copy_are_named(values: dict[str, str], fault: str, desk: Client, copy: Copy) -> None:
    fine = {"barcode": "C1", "kind": "book", "visibility": "everyone"}
    answer = desk.post(f"/books/{copy.book_id}/copies/add/", fine | values)

    assert (answer.status_code, Copy.objects.count()) == (400, 1)
    assert fault in answer.text


def test_copy_that_was_lent_stays_and_says_why(desk: Client, loan: Loan) -> None:
    answer = desk.post(f"/copies/{loan.copy_id}/remove/", follow=True)

    assert "Copy B1 has been lent or asked for, and its history stays." in answer.text


def test_form_writes_no_field_that_it_does_not_show(desk: Client, copy: Copy, bob: User) -> None:
    smuggled = {"owner": str(bob.pk), "state": "lost", "book": "999", "id": "999", "added_at": "2000-01-01"}
    desk.post(f"/copies/{copy.pk}/edit/", {"barcode": "B1", "kind": "book", "visibility": "everyone"} | smuggled)

    kept = Copy.objects.get()
    assert (kept.owner, kept.state, kept.book_id) == (None, "in", copy.book_id)


@pytest.mark.parametrize(("year", "shown"), [(-500, "500 BC"), (1815, "1815")])
def test_year_is_shown_as_people_say_it(year: int, shown: str, db: None) -> None:
    book = Book.objects.create(title="A book", published_year=year)

    assert shown in Client().get(f"/books/{book.pk}/").text


def test_book_removed_while_it_was_edited_is_told(desk: Client, spare: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    change = books.change

    def late(found: Book, **values: Any) -> Book:
        Copy.objects.all().delete()
        Book.objects.all().delete()
        return change(found, **values)

    monkeypatch.setattr(books, "change", late)
    answer = desk.post(f"/books/{spare.pk}/edit/", {"title": "Persuasion, again"})

    assert (answer.status_code, "was removed meanwhile" in answer.text, Book.objects.count()) == (400, True, 0)


def test_copy_lent_while_its_book_was_removed_is_told(
    desk: Client, spare: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(found: Book) -> None:
        raise IntegrityError

    monkeypatch.setattr(books, "remove", late)
    answer = desk.post(f"/books/{spare.pk}/remove/")

    assert (answer.status_code, "at the same moment" in answer.text) == (409, True)


def test_member_puts_a_copy_on_their_own_shelf_for_friends(visit: Visit, alice: User, book: Book) -> None:
    client = visit(alice)
    asked = client.get(f"/books/{book.pk}/copies/mine/").text
    answer = client.post(
        f"/books/{book.pk}/copies/mine/",
        {"barcode": "MINE", "kind": "book", "visibility": "friends", "owner": "1"},
        follow=True,
    )

    assert '<option value="friends" selected>' in asked
    assert "Copy MINE is on your shelf now." in answer.text
    assert Copy.objects.values_list("owner", "visibility", "book").get() == (alice.pk, "friends", book.pk)


def test_member_brings_in_an_edition_with_a_copy_of_their_own(visit: Visit, alice: User) -> None:
    answer = visit(alice).post("/books/add/", {"title": "Emma", "visibility": "group"}, follow=True)

    copy = Copy.objects.get()
    assert (copy.book.title, copy.owner, copy.visibility) == ("Emma", alice, "group")
    assert "your copy of it on your shelf" in answer.text
    assert list(Event.objects.values_list("type", flat=True)) == ["book.added", "copy.added"]


def test_member_brings_in_no_edition_twice_and_none_without_a_copy(visit: Visit, alice: User, book: Book) -> None:
    client = visit(alice)
    answers = [
        client.post("/books/add/", {"title": "Emma", "isbn": book.isbn, "visibility": "friends"}),
        client.post("/books/add/", {"title": "Emma"}),
    ]

    assert ([answer.status_code for answer in answers], Book.objects.count(), Copy.objects.count()) == (
        [400, 400],
        1,
        0,
    )
    assert "There is a book with this ISBN already." in answers[0].text
