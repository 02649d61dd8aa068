"""A member hears what becomes of what they wait for and of what they have, and of nobody else's (G13, G26)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookplate.catalog.models import Copy, Visibility
from bookplate.core.models import Event
from bookplate.feed import audiences, reading
from bookplate.lending import checkout, conditions, holds
from bookplate.lending.conditions import Condition
from bookplate.lending.models import Hold, Loan
from bookplate.people import members
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

Heard = Callable[[User], list[str]]


@pytest.fixture
def heard() -> Heard:
    """What somebody hears of lending since the test began or they last asked."""
    last: dict[int, int] = {}
    began = reading.latest()

    def heard(user: User) -> list[str]:
        told = signed_in(user).get(f"/api/events/?since={last.get(user.pk, began)}").json()
        last[user.pk] = told[-1]["id"] if told else last.get(user.pk, began)
        assert {tuple(event) for event in told} <= {("id", "type", "at", "book"), ("id", "type", "at", "book", "copy")}
        return [event["type"] for event in told]

    return heard


@pytest.fixture
def kept(loan: Loan) -> Copy:
    """A copy that the desk alone sees, at alice's."""
    Copy.objects.filter(pk=loan.copy_id).update(visibility=Visibility.OWNER)
    return Copy.objects.get(pk=loan.copy_id)


@pytest.fixture
def queued(kept: Copy, bob: User, carol: User, heard: Heard) -> Copy:
    """Bob waits for it, and carol behind him."""
    holds.place(kept.book, bob.member)
    holds.place(kept.book, carol.member)
    for user in (bob, carol):
        assert heard(user) == ["hold.placed"]
    return kept


def test_who_waits_hears_when_it_is_their_turn(
    queued: Copy, alice: User, bob: User, carol: User, assistant: User, make_user: Any, heard: Heard
) -> None:
    heard(alice), heard(assistant)
    checkout.take_back(queued)
    assert [heard(user) for user in (alice, bob, carol)] == [["loan.closed"], ["hold.ready"], ["hold.shifted"]]
    assert heard(assistant) == ["loan.closed", "hold.ready"]

    holds.cancel(Hold.objects.get(member=bob.member))
    assert [heard(user) for user in (alice, bob, carol)] == [[], ["hold.cancelled"], ["hold.ready"]]
    assert heard(make_user("dora")) == []
    ready = Event.objects.filter(type="hold.ready")
    assert list(ready.values_list("book", "copy")) == [(queued.book_id, None)] * 2


def suspended(copy: Copy) -> None:
    holds.suspend(Hold.objects.get(copy=copy, state="ready"), timezone.localdate() + timedelta(3))


def late(copy: Copy) -> None:
    holds.pass_on_expired(timezone.now() + timedelta(400))


def handed_over_by_mistake(copy: Copy) -> None:
    first = Hold.objects.get(copy=copy, state="ready")
    holds.suspend(Hold.objects.exclude(pk=first.pk).get(), timezone.localdate() + timedelta(3))
    checkout.undo_check_out(checkout.hand_over(first, by=None))


def returned_by_mistake(copy: Copy) -> None:
    checkout.undo_return(Loan.objects.get())


def lost(copy: Copy) -> None:
    conditions.set_condition(copy, Condition.LOST)


def withdrawn(copy: Copy) -> None:
    conditions.set_condition(copy, Condition.WITHDRAWN)


AFTER_IT_WAS_READY: dict[Callable[[Copy], None], tuple[list[str], list[str]]] = {
    suspended: (["hold.suspended"], ["hold.ready"]),
    late: (["hold.expired"], ["hold.ready"]),
    handed_over_by_mistake: (
        ["loan.opened", "loan.undone", "hold.waiting", "hold.ready"],
        ["hold.suspended", "hold.shifted"],
    ),
    returned_by_mistake: (["hold.waiting"], ["hold.shifted"]),
    lost: (["hold.waiting"], ["hold.shifted"]),
    withdrawn: (["hold.waiting", "hold.refused"], ["hold.shifted", "hold.refused"]),
}


@pytest.mark.parametrize("happens", AFTER_IT_WAS_READY)
def test_what_becomes_of_a_copy_that_was_ready(
    queued: Copy, bob: User, carol: User, heard: Heard, happens: Callable[[Copy], None]
) -> None:
    checkout.take_back(queued)
    heard(bob), heard(carol)
    happens(Copy.objects.get(pk=queued.pk))

    assert (heard(bob), heard(carol)) == AFTER_IT_WAS_READY[happens]


def test_a_hold_set_aside_moved_and_resumed(copy: Copy, bob: User, carol: User, heard: Heard) -> None:
    for user in (bob, carol):
        holds.place(copy.book, user.member)
    hold = Hold.objects.get(member=carol.member)
    holds.move(hold, 1, "Exam")
    holds.suspend(hold, timezone.localdate() + timedelta(3))
    holds.suspend(hold, None)
    holds.set_aside(copy)

    assert heard(bob) == ["hold.placed", "hold.shifted", "hold.shifted"]
    assert heard(carol) == ["hold.placed", "hold.moved", "hold.suspended", "hold.resumed", "hold.ready"]


def test_who_has_a_copy_hears_of_the_loan_though_the_copy_is_hidden(kept: Copy, alice: User, bob: User) -> None:
    checkout.renew(Loan.objects.get())

    def told(user: User) -> list[dict[str, object]]:
        return list(signed_in(user).get("/api/events/").json())

    assert [(event["type"], event["copy"]) for event in told(alice)] == [
        ("loan.opened", kept.pk),
        ("loan.renewed", kept.pk),
    ]
    assert told(bob) == []


def test_a_card_that_is_no_longer_somebodys_tells_them_nothing(queued: Copy, bob: User, heard: Heard) -> None:
    members.unlink(bob.member)
    checkout.take_back(queued)

    assert heard(bob) == []


def test_both_ways_of_asking_say_the_same(
    queued: Copy, alice: User, bob: User, carol: User, assistant: User, heard: Heard
) -> None:
    checkout.take_back(queued)
    people = [alice, bob, carol, assistant]
    told = list(Event.objects.order_by("id"))

    asked = [{user.pk for user in people if reading.visible_to(user).filter(pk=event.pk).exists()} for event in told]
    found = audiences.viewers(told, [user.pk for user in people])

    assert [{user.pk for user in people} if who is None else set(who) for who in found] == asked
    ready, shifted = audiences.viewers(told[-2:], [bob.pk, carol.pk])
    assert (ready, shifted) == (frozenset([bob.pk]), frozenset([carol.pk]))


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_do_not_grow_with_the_members(
    kept: Copy, make_user: Callable[..., User], django_assert_num_queries: Any, number: int
) -> None:
    waiting = [make_user(f"reader{place}") for place in range(number)]
    began = reading.latest()
    for user in waiting:
        holds.place(kept.book, user.member)

    with django_assert_num_queries(3):
        news = reading.news(began, [user.pk for user in waiting])

    assert [who for _, _, who in news.told] == [frozenset([user.pk]) for user in waiting]
