"""Whose a copy is changes only while nobody has it or waits for it."""

from collections.abc import Callable

import pytest

from bookplate.catalog import copies
from bookplate.catalog.models import Copy, Visibility
from bookplate.core.errors import Conflict
from bookplate.core.models import Event
from bookplate.lending import checkout, conditions, holds, requests, verify
from bookplate.lending.conditions import Condition
from bookplate.lending.models import Hold, Loan
from bookplate.people.models import User

pytestmark = pytest.mark.django_db

WAITS = (
    "Somebody waits for this very copy of “The Left Hand of Darkness” (B1). "
    "Lend it to them or cancel their holds before its owner changes."
)


def lent(copy: Copy, bob: User) -> Loan:
    return checkout.check_out(copy, bob.member, by=None)


def waited_for(copy: Copy, bob: User) -> Hold:
    return holds.place_on(copy, bob.member)


def set_aside(copy: Copy, bob: User) -> Hold:
    holds.place(copy.book, bob.member)
    return holds.set_aside(copy)


def lost(copy: Copy, bob: User) -> Hold:
    hold = holds.place_on(copy, bob.member)
    conditions.set_condition(copy, Condition.LOST)
    return hold


@pytest.mark.parametrize(
    ("promise", "words"),
    [
        (lent, "“The Left Hand of Darkness” (B1) is on loan. Take it back before its owner changes."),
        (waited_for, WAITS),
        (set_aside, WAITS),
        (lost, WAITS),
    ],
)
def test_the_library_gives_away_only_what_it_promised_to_nobody(
    copy: Copy, alice: User, bob: User, promise: Callable[[Copy, User], Loan | Hold], words: str
) -> None:
    kept = promise(copy, bob)
    events = Event.objects.count()
    with pytest.raises(Conflict) as refused:
        copies.change(copy, owner=alice)

    assert (str(refused.value), Copy.objects.get().owner, Event.objects.count()) == (words, None, events)
    copies.change(copy, owner=None, owner_group=None, shelfmark="moved")
    if isinstance(kept, Loan):
        checkout.give_back(kept)
    else:
        holds.cancel(kept)
    assert copies.change(copy, owner=alice).owner == alice
    assert [fault.words for fault in verify.check()] == []


def test_what_is_somebodys_goes_to_another_or_the_library_once_its_requests_are_answered(
    copy: Copy, alice: User, bob: User, carol: User
) -> None:
    copies.change(copy, owner=alice)
    asked = [requests.ask(copy, user.member) for user in (bob, carol)]
    for new in ({"owner": bob}, {"owner": None}, {"owner": None, "owner_group": alice.group}):
        with pytest.raises(Conflict, match="2 people wait for this very copy"):
            copies.change(copy, **new)

    for hold in asked:
        requests.refuse(hold)
    assert copies.change(copy, owner=None, owner_group=alice.group).owner_group == alice.group


def test_who_waits_for_any_copy_is_no_hindrance(copy: Copy, alice: User, bob: User) -> None:
    Copy.objects.create(book=copy.book, barcode="B2")
    holds.place(copy.book, bob.member)

    assert copies.change(copy, owner=alice, visibility=Visibility.FRIENDS).owner == alice
