"""Waiting for books on the pages: reserving, leaving, resting; the desk's shelf and queues; one's own shelf."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, State
from bookplate.lending import checkout, holds, requests
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import User
from tests.cast import undone
from tests.web.test_members import plain

Visit = Callable[[User | None], Client]


@pytest.fixture
def own(book: Book, alice: User, bob: User) -> Copy:
    alice.friends.add(bob)
    return Copy.objects.create(book=book, barcode="A1", owner=alice, visibility="friends")


def test_reserving_from_the_books_page_and_leaving_again(visit: Visit, loan: Loan, bob: User) -> None:
    client, address = visit(bob), f"/books/{loan.copy.book_id}/"
    assert "Reserve it" in client.get(address).text

    answer = client.post(f"{address}reserve/", follow=True)
    assert "you are number 1 in line" in answer.text
    assert "number 1 in line since" in plain(answer.text)
    assert ("Reserve it" in client.get(address).text, "number 1 in line" in client.get(address).text) == (False, True)

    answer = client.post(f"/holds/{Hold.objects.get().pk}/cancel/", follow=True)
    assert "Your wait for “The Left Hand of Darkness” is over." in answer.text
    assert Hold.objects.get().state == HoldState.CANCELLED


def test_nobody_without_a_card_is_offered_it(visit: Visit, loan: Loan, bob: User) -> None:
    bob.member.delete()
    client, address = visit(User.objects.get(username="bob")), f"/books/{loan.copy.book_id}/"

    assert "Reserve it" not in client.get(address).text + visit(None).get(address).text
    assert "You have no library card yet" in client.post(f"{address}reserve/", follow=True).text
    assert Hold.objects.count() == 0


def test_a_refusal_is_told_on_the_books_page(visit: Visit, loan: Loan, alice: User) -> None:
    answer = visit(alice).post(f"/books/{loan.copy.book_id}/reserve/", follow=True)

    assert (answer.redirect_chain[0][0], "It can be renewed instead." in answer.text) == (
        f"/books/{loan.copy.book_id}/",
        True,
    )


def test_resting_until_a_day_and_waiting_again(visit: Visit, loan: Loan, bob: User) -> None:
    hold, client = holds.place(loan.copy.book, bob.member), visit(bob)
    address, later = f"/holds/{hold.pk}/suspend/", timezone.localdate() + timedelta(days=30)

    assert "rests until" in client.post(address, {"until": later.isoformat()}, follow=True).text
    assert Hold.objects.get().suspended_until == later
    assert "That is no day." in client.post(address, {"until": "soon"}, follow=True).text
    assert "Choose a day after today." in client.post(address, {"until": "2020-01-01"}, follow=True).text
    assert "goes on" in client.post(address, {}, follow=True).text
    assert Hold.objects.get().suspended_until is None


def test_a_request_between_people_has_nothing_to_rest_from(visit: Visit, loan: Loan, own: Copy, bob: User) -> None:
    client = visit(bob)
    requests.ask(own, bob.member)
    page = plain(client.get("/my/loans/").text)
    assert ("asked on" in page, "Not now" in page) == (True, False)

    holds.place(Copy.objects.create(book=Book.objects.create(title="Emma"), barcode="E1").book, bob.member)
    assert "Not now : Emma" in plain(client.get("/my/loans/").text)


def test_the_holds_shelf_with_its_slip(visit: Visit, loan: Loan, bob: User, carol: User, assistant: User) -> None:
    for user in (bob, carol):
        holds.place(loan.copy.book, user.member)
    client = visit(assistant)
    assert "Nothing is set aside" in client.get("/desk/holds/").text

    checkout.take_back(loan.copy)
    ready = Hold.objects.get(state=HoldState.READY)
    shelf = plain(client.get("/desk/holds/").text)
    assert ("Bob Example" in shelf, "Carol Example" in shelf, "B1" in shelf) == (True, False, True)
    assert "Bob Example card-bob" in plain(client.get(f"/holds/{ready.pk}/slip/").text)
    assert "Bob Example’s wait for" in client.post(f"/holds/{ready.pk}/cancel/", follow=True).text
    assert "Carol Example" in plain(client.get("/desk/holds/").text)


def test_a_librarian_moves_somebody_up(visit: Visit, loan: Loan, bob: User, carol: User, librarian: User) -> None:
    first, second = (holds.place(loan.copy.book, user.member) for user in (bob, carol))
    client = visit(librarian)
    assert "Move" in client.get(f"/books/{loan.copy.book_id}/queue/").text

    moved = client.post(f"/holds/{second.pk}/move/", {"place": "1", "reason": "Exam tomorrow"}, follow=True)
    assert plain(moved.text).index("Carol Example since") < plain(moved.text).index("Bob Example since")
    assert "a move needs a reason" in client.post(f"/holds/{second.pk}/move/", {"place": "2"}, follow=True).text
    assert list(Hold.objects.waiting()) == [second, first]


def test_an_assistant_sees_the_queue_and_moves_nobody(visit: Visit, loan: Loan, bob: User, assistant: User) -> None:
    holds.place(loan.copy.book, bob.member)
    text = visit(assistant).get(f"/books/{loan.copy.book_id}/queue/").text

    assert ("Bob Example" in text, "Move" in text) == (True, False)


def test_two_people_lend_to_each_other(visit: Visit, own: Copy, alice: User, bob: User) -> None:
    owner, friend = visit(alice), visit(bob)
    assert "Ask for it" in friend.get(f"/books/{own.book_id}/").text
    assert "Ask for it" not in owner.get(f"/books/{own.book_id}/").text
    assert (
        "The answer stands here."
        in friend.post(f"/copies/{own.pk}/ask/", {"message": "For the train"}, follow=True).text
    )
    assert "Ask for it" not in friend.get(f"/books/{own.book_id}/").text
    hold = Hold.objects.get()
    shelf = plain(owner.get("/my/shelf/").text)
    assert ("Bob Example would like" in shelf, "For the train" in shelf) == (True, True)

    yes = owner.post(f"/holds/{hold.pk}/answer/", {"do": "accept", "answer": "Come on Sunday"}, follow=True)
    assert "is kept for Bob Example" in yes.text
    assert "Come on Sunday" in friend.get("/my/loans/").text
    assert "is with Bob Example now" in friend.post(f"/holds/{hold.pk}/hand-over/", follow=True).text
    assert "with Bob Example until" in plain(owner.get("/my/shelf/").text)

    loan = Loan.objects.get()
    assert "is back with its owner" in owner.post(f"/my/loans/{loan.pk}/give-back/", follow=True).text
    assert Copy.objects.get().state == State.IN
    assert "with Bob Example" not in plain(owner.get("/my/shelf/").text)


def test_a_no_is_told_for_a_while(visit: Visit, own: Copy, alice: User, bob: User) -> None:
    hold = requests.ask(own, bob.member)
    visit(alice).post(f"/holds/{hold.pk}/answer/", {"do": "refuse", "answer": "I read it myself"})
    text = visit(bob).get("/my/loans/").text
    assert ("they would rather not" in text, "I read it myself" in text) == (True, True)

    with undone():
        requests.ask(own, bob.member)
        assert "they would rather not" not in visit(bob).get("/my/loans/").text
    Hold.objects.update(ended_at=timezone.now() - timedelta(days=15))
    assert "they would rather not" not in visit(bob).get("/my/loans/").text


def test_too_long_a_word_asks_nobody(visit: Visit, own: Copy, bob: User) -> None:
    answer = visit(bob).post(f"/copies/{own.pk}/ask/", {"message": "x" * 301}, follow=True)

    assert ("300 characters at most" in answer.text, Hold.objects.exists()) == (True, False)


def test_what_cannot_be_is_told_on_the_shelf(visit: Visit, own: Copy, alice: User, bob: User) -> None:
    hold, client = requests.ask(own, bob.member), visit(alice)
    assert "is not set aside" in client.post(f"/holds/{hold.pk}/hand-over/", follow=True).text
    assert "Say yes or no" in client.post(f"/holds/{hold.pk}/answer/", {"do": "perhaps"}, follow=True).text
    Copy.objects.update(state=State.LOST)

    assert "It must be back first." in client.post(f"/holds/{hold.pk}/answer/", {"do": "accept"}, follow=True).text


def test_the_day_of_a_date_and_of_a_moment_are_shown_alike(visit: Visit, loan: Loan, bob: User) -> None:
    holds.suspend(holds.place(loan.copy.book, bob.member), date(2999, 12, 31))

    assert "rests until 31 December 2999" in visit(bob).get("/my/loans/").text
