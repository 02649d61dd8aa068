"""The pages about books that are there twice."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from bookplate.catalog.duplicates.models import Dismissal, Merge
from bookplate.catalog.models import Book, Copy
from bookplate.lending import holds
from bookplate.people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(visit: Callable[[User | None], Client], librarian: User) -> Client:
    return visit(librarian)


@pytest.fixture
def pair(db: None) -> tuple[Book, Book]:
    books = [
        Book.objects.create(title="Sanditon", isbn="9780141439587"),
        Book.objects.create(title="Sanditon", author="Jane Austen"),
    ]
    for book in books:
        Copy.objects.create(book=book)
    return books[0], books[1]


def test_numbers_that_no_book_can_have_are_not_found(desk: Client, book: Book) -> None:
    assert desk.get(f"/duplicates/{10**30}/{book.pk}/").status_code == 404


def test_who_goes_back_to_two_that_were_made_one_is_led_to_the_one(desk: Client, pair: tuple[Book, Book]) -> None:
    first, second = pair
    address, chosen = f"/duplicates/{first.pk}/{second.pk}/", {"keep": "second", "author": "second", "isbn": "first"}
    desk.post(address, chosen)

    again = [desk.get(address), desk.post(address, chosen), desk.post(f"{address}dismiss/")]
    assert [(answer.status_code, answer["Location"]) for answer in again] == [(302, f"/books/{second.pk}/")] * 3


def test_two_are_made_one_with_the_values_chosen_and_two_again(desk: Client, pair: tuple[Book, Book]) -> None:
    first, second = pair
    assert desk.get("/duplicates/").content.count(b"pair") == 2  # the list's and the pair's own class
    chosen = {"keep": "second", "author": "second", "isbn": "first"}
    answer = desk.post(f"/duplicates/{first.pk}/{second.pk}/", chosen, follow=True)

    assert answer.redirect_chain == [(reverse("web:book", args=[second.pk]), 302)]
    assert "is part of this book now" in answer.content.decode()
    book = Book.objects.get()
    assert (book.pk, book.author, book.isbn, book.copies.count()) == (second.pk, "Jane Austen", "9780141439587", 2)
    old = desk.get(f"/books/{first.pk}/")
    assert (old.status_code, old["Location"]) == (301, f"/books/{second.pk}/")
    assert "no-store" in old["Cache-Control"]

    desk.post(reverse("web:undo-merge", args=[Merge.objects.get().pk]))
    assert set(Book.objects.values_list("pk", "isbn")) == {(first.pk, "9780141439587"), (second.pk, None)}
    assert desk.get(f"/books/{first.pk}/").status_code == 200


def test_they_are_not_the_same_and_the_page_stays_where_it_was(desk: Client, pair: tuple[Book, Book]) -> None:
    first, second = pair
    answer = desk.post(f"/duplicates/{second.pk}/{first.pk}/dismiss/", {"after": "x", "maybe": "on"})

    assert answer["Location"] == "/duplicates/?after=x&maybe=on"
    assert b"Nothing here is there twice" in desk.get("/duplicates/").content
    desk.post(reverse("web:show-again", args=[Dismissal.objects.get().pk]))
    assert b"Sanditon" in desk.get("/duplicates/").content


def test_what_cannot_be_is_said_on_the_page(desk: Client, pair: tuple[Book, Book], alice: User) -> None:
    first, second = pair
    for book in pair:
        holds.place(book, alice.member)
        holds.set_aside(book.copies.get())
    chosen = {"keep": "first", "author": "second", "isbn": "first"}
    answer = desk.post(f"/duplicates/{first.pk}/{second.pk}/", chosen)

    assert (answer.status_code, Book.objects.count()) == (400, 2)
    assert "Both are set aside for Alice Example." in answer.content.decode()
    assert desk.post(f"/duplicates/{first.pk}/{second.pk}/", {"keep": "both"}).status_code == 400
    assert desk.get(f"/duplicates/{first.pk}/{first.pk}/").status_code == 404
