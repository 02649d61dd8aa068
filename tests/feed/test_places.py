"""Whose place in a queue changes hears so, whatever changed it, and nobody else does (G13)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.feed import reading
from bookplate.lending import checkout, conditions, holds, merging, requests, unmerging
from bookplate.lending.conditions import Condition
from bookplate.lending.models import Hold
from bookplate.people.models import Member, User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
# Whom the desk moves hears of it as they always did.
HEARD = ("hold.shifted", "hold.moved")
NAMES = ["alice", "bob", "carol", "dora"]
Queue = dict[str, User]


@pytest.fixture
def queue(copy: Copy, make_user: Callable[..., User]) -> Queue:
    """Alice, bob and carol wait for a book in this order, and a guest without an account between them."""
    people = {name: make_user(name) for name in NAMES}
    holds.place(copy.book, people["alice"].member)
    holds.place(copy.book, Member.objects.create(firstname="Guest"))
    for name in ("bob", "carol"):
        holds.place(copy.book, people[name].member)
    return people


def hold_of(user: User) -> Hold:
    return Hold.objects.active().get(member=user.member)


def places(queue: Queue) -> dict[str, int]:
    """Of those who wait, as each is shown their own."""
    shown = {name: signed_in(user).get("/api/holds/").json() for name, user in queue.items()}
    return {name: hold["place"] for name, mine in shown.items() for hold in mine if hold["place"]}


def told(queue: Queue, since: int) -> list[str]:
    """Who hears of it, once for each time."""
    heard = {name: signed_in(user).get(f"/api/events/?since={since}").json() for name, user in queue.items()}
    return [name for name, events in heard.items() for event in events if event["type"] in HEARD]


def the_first_is_served(queue: Queue, copy: Copy) -> None:
    holds.set_aside(copy)


def the_first_takes_it_from_the_shelf(queue: Queue, copy: Copy) -> None:
    checkout.check_out(copy, queue["alice"].member, by=None)


def somebody_leaves(queue: Queue, copy: Copy) -> None:
    holds.cancel(hold_of(queue["bob"]))


def the_last_leaves(queue: Queue, copy: Copy) -> None:
    holds.cancel(hold_of(queue["carol"]))


def somebody_comes(queue: Queue, copy: Copy) -> None:
    holds.place(copy.book, queue["dora"].member)


def the_last_is_moved_to_the_front(queue: Queue, copy: Copy) -> None:
    holds.move(hold_of(queue["carol"]), 1, "Exam")


def somebody_is_moved_by_one(queue: Queue, copy: Copy) -> None:
    holds.move(hold_of(queue["bob"]), 4, "Lost")


def another_queue_moves(queue: Queue, copy: Copy) -> None:
    other = Copy.objects.create(book=Book.objects.create(title="Emma"), barcode="E1")
    for name in ("bob", "dora"):
        holds.place(other.book, queue[name].member)
    holds.cancel(Hold.objects.get(book=other.book, member=queue["dora"].member))


BY = [
    the_first_is_served,
    the_first_takes_it_from_the_shelf,
    somebody_leaves,
    the_last_leaves,
    somebody_comes,
    the_last_is_moved_to_the_front,
    somebody_is_moved_by_one,
    another_queue_moves,
]


@pytest.mark.parametrize("happens", BY)
def test_who_is_moved_hears_it(queue: Queue, copy: Copy, happens: Callable[[Queue, Copy], None]) -> None:
    began, before = reading.latest(), places(queue)
    happens(queue, copy)
    after = places(queue)

    moved = [name for name, place in before.items() if after.get(name, place) != place]
    assert told(queue, began) == moved


def test_what_was_ready_and_is_lost_moves_all_behind(queue: Queue, copy: Copy) -> None:
    holds.set_aside(copy)
    began, before = reading.latest(), places(queue)
    conditions.set_condition(copy, Condition.LOST)

    assert (before, places(queue)) == ({"bob": 2, "carol": 3}, {"alice": 1, "bob": 3, "carol": 4})
    assert told(queue, began) == ["bob", "carol"]


def test_all_hear_when_two_queues_become_one_and_two_again(queue: Queue, copy: Copy) -> None:
    other = Copy.objects.create(book=Book.objects.create(title="Emma"), barcode="E1")
    Hold.objects.filter(pk=holds.place(other.book, queue["dora"].member).pk).update(placed_at=FIRST)
    began = reading.latest()
    merge = merging.merge(copy.book, other.book)
    assert places(queue) == {"alice": 2, "bob": 4, "carol": 5, "dora": 1}
    unmerging.undo(merge)
    assert places(queue) == {"alice": 1, "bob": 3, "carol": 4, "dora": 1}

    assert told(queue, began) == [name for name in NAMES for _ in range(2)]


def test_who_asks_the_same_person_behind_somebody_hears_it(queue: Queue, copy: Copy) -> None:
    own = Copy.objects.create(book=copy.book, barcode="D1", owner=queue["dora"], visibility=Visibility.EVERYONE)
    first = requests.ask(own, queue["alice"].member)
    requests.ask(own, queue["carol"].member)
    began = reading.latest()
    requests.accept(first)

    assert told(queue, began) == ["carol"]
