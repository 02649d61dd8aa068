"""The queue for a book: who is first, who may take what waits on the holds shelf, and what an undo puts back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, State
from bookplate.core.models import Event
from bookplate.lending import checkout, holds
from bookplate.lending.holds import AlreadyHeld, HeldForAnother
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import User

pytestmark = pytest.mark.django_db

WAITING, READY, PICKED_UP = HoldState.WAITING, HoldState.READY, HoldState.PICKED_UP


def queue() -> list[tuple[str, str, str | None]]:
    """Every hold in the order of its place: who, its state, the barcode of its copy."""
    return list(Hold.objects.values_list("member__firstname", "state", "copy__barcode"))


def state_of(copy: Copy) -> str:
    return Copy.objects.get(pk=copy.pk).state


@pytest.fixture
def queued(loan: Loan, bob: User, carol: User) -> Copy:
    """Alice has the copy; bob waits for it, and carol behind him."""
    holds.place(loan.copy.book, bob.member)
    holds.place(loan.copy.book, carol.member)
    return loan.copy


def test_a_place_in_the_queue(queued: Copy) -> None:
    assert queue() == [("Bob", WAITING, None), ("Carol", WAITING, None)]
    assert list(Hold.objects.waiting()) == list(Hold.objects.active()) == list(Hold.objects.all())
    told = Event.objects.filter(type="hold.placed")
    assert [(e.audience, e.audience_of, e.book, e.copy) for e in told] == [("staff", None, queued.book_id, None)] * 2


def test_nobody_waits_twice_for_one_book(queued: Copy, bob: User) -> None:
    with pytest.raises(AlreadyHeld) as refused:
        holds.place(queued.book, bob.member)

    assert str(refused.value) == "Bob Example waits for “The Left Hand of Darkness” already."
    assert Hold.objects.count() == 2


def test_a_returned_copy_waits_for_the_first_in_line(settings: Any, queued: Copy) -> None:
    settings.HOLD_DAYS = 7
    loan = checkout.take_back(queued)

    assert (state_of(queued), queue()) == (State.HELD, [("Bob", READY, "B1"), ("Carol", WAITING, None)])
    ready = Hold.objects.get(state=READY)
    assert ready.ready_until is not None
    assert ready.ready_until.date() == timezone.localdate() + timedelta(days=7)
    found = checkout.held_for(loan.copy)
    assert (found, found and found.member.firstname) == (ready, "Bob")


def test_only_the_first_in_line_may_take_it(queued: Copy, alice: User, bob: User, carol: User) -> None:
    checkout.take_back(queued)

    for other in (alice, carol):
        with pytest.raises(HeldForAnother) as refused:
            checkout.check_out(queued, other.member, by=None)
        assert str(refused.value) == "“The Left Hand of Darkness” (B1) is held for another member."
    assert queue() == [("Bob", READY, "B1"), ("Carol", WAITING, None)]

    checkout.check_out(queued, bob.member, by=None)
    assert (state_of(queued), queue()) == (State.ON_LOAN, [("Bob", PICKED_UP, "B1"), ("Carol", WAITING, None)])
    assert checkout.held_for(queued) is None
    checkout.take_back(queued)
    assert (state_of(queued), queue()) == (State.HELD, [("Bob", PICKED_UP, "B1"), ("Carol", READY, "B1")])


def test_the_queue_goes_by_when_it_was_joined(loan: Loan, bob: User, carol: User) -> None:
    late = Hold.objects.create(book=loan.copy.book, member=bob.member, placed_at=timezone.now())
    early = Hold.objects.create(book=loan.copy.book, member=carol.member, placed_at=late.placed_at - timedelta(1))

    assert list(Hold.objects.waiting()) == [early, late]
    checkout.take_back(loan.copy)
    assert queue() == [("Carol", READY, "B1"), ("Bob", WAITING, None)]


def test_another_copy_ends_the_wait_too(queued: Copy, bob: User) -> None:
    other = Copy.objects.create(book=queued.book, barcode="B2")
    checkout.check_out(other, bob.member, by=None)

    assert queue() == [("Bob", PICKED_UP, "B2"), ("Carol", WAITING, None)]


def test_what_waits_on_the_shelf_stays_there_when_another_copy_is_taken(queued: Copy, bob: User) -> None:
    checkout.take_back(queued)
    other = Copy.objects.create(book=queued.book, barcode="B2")
    checkout.check_out(other, bob.member, by=None)

    assert (state_of(queued), state_of(other)) == (State.HELD, State.ON_LOAN)
    assert queue() == [("Bob", READY, "B1"), ("Carol", WAITING, None)]


def test_a_hold_for_another_book_counts_for_nothing(queued: Copy, bob: User) -> None:
    other = Copy.objects.create(book=Book.objects.create(title="Emma"), barcode="E1")
    checkout.check_out(other, bob.member, by=None)
    checkout.take_back(other)

    assert (state_of(other), queue()) == (State.IN, [("Bob", WAITING, None), ("Carol", WAITING, None)])


def test_a_persons_own_copy_is_not_set_aside(queued: Copy, alice: User, librarian: User) -> None:
    own = Copy.objects.create(book=queued.book, owner=alice)
    checkout.check_out(own, librarian.member, by=None)
    checkout.take_back(own)

    assert (state_of(own), queue()) == (State.IN, [("Bob", WAITING, None), ("Carol", WAITING, None)])


def test_a_wanted_book_is_not_renewed_unless_another_is_in(queued: Copy, alice: User) -> None:
    loan = Loan.objects.get()
    with pytest.raises(HeldForAnother):
        checkout.renew(loan)
    Copy.objects.create(book=queued.book, owner=alice)
    with pytest.raises(HeldForAnother):
        checkout.renew(loan)

    Copy.objects.create(book=queued.book)
    assert checkout.renew(loan).renewals == 1


def test_an_undone_checkout_gives_the_place_back(queued: Copy, bob: User) -> None:
    checkout.take_back(queued)
    places = list(Hold.objects.values_list("placed_at", flat=True))
    mistaken = checkout.check_out(queued, bob.member, by=None)

    checkout.undo_check_out(mistaken)

    assert (state_of(queued), queue()) == (State.HELD, [("Bob", READY, "B1"), ("Carol", WAITING, None)])
    assert list(Hold.objects.values_list("placed_at", flat=True)) == places


def test_an_undone_checkout_to_somebody_who_did_not_wait_offers_the_copy(copy: Copy, alice: User, bob: User) -> None:
    mistaken = checkout.check_out(copy, alice.member, by=None)
    holds.place(copy.book, bob.member)

    checkout.undo_check_out(mistaken)

    assert (state_of(copy), queue()) == (State.HELD, [("Bob", READY, "B1")])


def test_an_undone_checkout_does_not_bring_back_a_hold_of_long_ago(loan: Loan, bob: User) -> None:
    copy = loan.copy
    holds.place(copy.book, bob.member)
    checkout.take_back(copy)
    checkout.check_out(copy, bob.member, by=None)
    checkout.take_back(copy)
    assert queue() == [("Bob", PICKED_UP, "B1")]

    checkout.undo_check_out(checkout.check_out(copy, bob.member, by=None))

    assert (state_of(copy), queue()) == (State.IN, [("Bob", PICKED_UP, "B1")])


def test_an_undone_return_takes_the_copy_off_the_holds_shelf(queued: Copy, alice: User) -> None:
    loan = checkout.take_back(queued)
    checkout.undo_return(loan)

    assert (state_of(queued), queue()) == (State.ON_LOAN, [("Bob", WAITING, None), ("Carol", WAITING, None)])
    assert Hold.objects.filter(ready_until__isnull=False).count() == 0
    checkout.take_back(queued)
    assert queue() == [("Bob", READY, "B1"), ("Carol", WAITING, None)]


REFUSED: dict[str, Callable[[Copy, User, User], object]] = {
    "ready without a copy": lambda copy, bob, dora: Hold.objects.create(
        book=copy.book, member=dora.member, state=READY, ready_until=timezone.now()
    ),
    "ready without an end": lambda copy, bob, dora: Hold.objects.create(
        book=copy.book, member=dora.member, state=READY, copy=copy
    ),
    "ready by update": lambda copy, bob, dora: Hold.objects.update(state=READY),
    "twice in one queue": lambda copy, bob, dora: Hold.objects.create(book=copy.book, member=bob.member),
    "one copy for two": lambda copy, bob, dora: Hold.objects.update(state=READY, copy=copy, ready_until=timezone.now()),
    "an unknown state": lambda copy, bob, dora: Hold.objects.filter(member=bob.member).update(state="dreaming"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses_a_hold(queued: Copy, bob: User, librarian: User, what: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        REFUSED[what](queued, bob, librarian)

    assert queue() == [("Bob", WAITING, None), ("Carol", WAITING, None)]


def test_a_member_may_wait_again_when_the_first_wait_is_over(loan: Loan, bob: User) -> None:
    copy = loan.copy
    for state in (PICKED_UP, HoldState.CANCELLED, HoldState.EXPIRED, WAITING):
        Hold.objects.create(book=copy.book, member=bob.member, state=state)

    assert [state for _, state, _ in queue()] == [PICKED_UP, HoldState.CANCELLED, HoldState.EXPIRED, WAITING]


def test_a_hold_is_seen_by_its_member_and_the_desk(queued: Copy, alice: User, bob: User, assistant: User) -> None:
    seen = {user.username: Hold.objects.visible_to(user).count() for user in (alice, bob, assistant)}

    assert seen == {"alice": 0, "bob": 1, "assistant": 2}
