"""Copies over the API."""

import pytest

from bookplate.catalog.models import Book, Copy
from bookplate.lending.models import Loan
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


def test_a_copy_gets_a_barcode_when_none_is_given(librarian: User, book: Book) -> None:
    answer = signed_in(librarian).post("/api/copies/", {"book": book.pk, "shelfmark": "SF LEG"})

    assert answer.status_code == 201
    copy = Copy.objects.get()
    assert answer.json() == {
        "id": copy.pk,
        "book": book.pk,
        "barcode": copy.barcode,
        "shelfmark": "SF LEG",
        "kind": "book",
        "visibility": "everyone",
        "state": "in",
        "owner": None,
        "owner_group": None,
    }
    assert len(copy.barcode) == 12


def test_a_copy_of_half_a_book_is_refused(librarian: User, book: Book) -> None:
    """Not taken for the book whose number remains when the rest is cut off."""
    answer = signed_in(librarian).post("/api/copies/", {"book": book.pk + 0.5})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["book"])
    assert not Copy.objects.exists()


def test_a_taken_barcode_is_named(librarian: User, copy: Copy) -> None:
    answer = signed_in(librarian).post("/api/copies/", {"book": copy.book_id, "barcode": "B1"})

    assert (answer.status_code, answer.json()["errors"]) == (400, {"barcode": ["This barcode is taken."]})


@pytest.mark.parametrize("visibility", ["friends", "group", "nobody"])
def test_what_the_library_cannot_show_a_copy_to_is_named(librarian: User, copy: Copy, visibility: str) -> None:
    client = signed_in(librarian)
    answers = [
        client.post("/api/copies/", {"book": copy.book_id, "visibility": visibility}),
        client.patch(f"/api/copies/{copy.pk}/", {"visibility": visibility}),
    ]

    assert [(answer.status_code, list(answer.json()["errors"])) for answer in answers] == [(400, ["visibility"])] * 2


@pytest.mark.parametrize("who", ["alice", "assistant"])
def test_whoever_keeps_no_catalogue_adds_copies_of_their_own(
    who: str, book: Book, request: pytest.FixtureRequest
) -> None:
    owner: User = request.getfixturevalue(who)
    client = signed_in(owner)
    answers = [client.post("/api/copies/", {"book": book.pk, **more}) for more in ({}, {"visibility": "owner"})]

    assert [(a.json()["owner"], a.json()["visibility"]) for a in answers] == [
        (owner.pk, "friends"),
        (owner.pk, "owner"),
    ]


def test_nobody_adds_a_copy_for_somebody_else(alice: User, bob: User, librarian: User, book: Book) -> None:
    smuggled = {"book": book.pk, "owner": bob.pk, "owner_group": bob.group_id}
    owners = [signed_in(user).post("/api/copies/", smuggled).json()["owner"] for user in (alice, librarian)]

    assert owners == [alice.pk, None]


def test_an_owner_may_show_their_copy_to_friends(alice: User, copy: Copy) -> None:
    Copy.objects.update(owner=alice)

    assert signed_in(alice).patch(f"/api/copies/{copy.pk}/", {"visibility": "friends"}).status_code == 200


def test_a_copy_stays_with_its_book(librarian: User, copy: Copy) -> None:
    other = Book.objects.create(title="Another")
    answer = signed_in(librarian).patch(f"/api/copies/{copy.pk}/", {"book": other.pk})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["book"])
    assert Copy.objects.get().book_id == copy.book_id


def test_state_and_owner_cannot_be_written(librarian: User, copy: Copy, alice: User) -> None:
    client = signed_in(librarian)
    answer = client.patch(
        f"/api/copies/{copy.pk}/", {"state": "lost", "owner": alice.pk, "owner_group": alice.group_id}
    )

    assert (answer.status_code, answer.json()["state"], answer.json()["owner"]) == (200, "in", None)


def test_a_copy_that_was_lent_stays(librarian: User, loan: Loan) -> None:
    answer = signed_in(librarian).delete(f"/api/copies/{loan.copy_id}/")

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/still-used")
