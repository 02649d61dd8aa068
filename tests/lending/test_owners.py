"""Whose a copy is changes only while nobody has it or waits for it; and who waits for the last is told when it goes."""

from collections.abc import Callable

import pytest

from bookplate.catalog import copies
from bookplate.catalog.models import Copy, Visibility
from bookplate.core.errors import Conflict, StillUsed
from bookplate.core.models import Event
from bookplate.lending import checkout, conditions, holds, requests, verify
from bookplate.lending.conditions import Condition
from bookplate.lending.models import Hold, Loan
from bookplate.people.models import User
from tests.cast import undone

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


def given_away(copy: Copy, alice: User) -> None:
    copies.change(copy, owner=alice)


def struck_off(copy: Copy, alice: User) -> None:
    copies.remove(copy)


@pytest.mark.parametrize("go", [given_away, struck_off])
def test_when_the_last_copy_goes_the_wait_is_over_and_told(
    copy: Copy, alice: User, bob: User, carol: User, go: Callable[[Copy, User], None]
) -> None:
    Copy.objects.create(book=copy.book, owner=carol)  # nobody waits for hers
    lost = Copy.objects.create(book=copy.book, barcode="B2")
    waits = [holds.place(copy.book, user.member) for user in (bob, carol)]
    conditions.set_condition(lost, Condition.LOST)
    with undone():
        go(copy, alice)  # the lost one may be found
        assert set(Hold.objects.values_list("state", flat=True)) == {"waiting"}

    copies.remove(lost)
    assert set(Hold.objects.values_list("state", flat=True)) == {"waiting"}
    go(copy, alice)
    assert list(Hold.objects.values_list("pk", "state", "answer").order_by("pk")) == [
        (hold.pk, "refused", "The library has no copy of it any more.") for hold in waits
    ]
    *told, last = Event.objects.order_by("-id").values_list("type", "audience_of")[:3][::-1]
    assert (told, last[0]) == (
        [("hold.refused", bob.pk), ("hold.refused", carol.pk)],
        "copy.changed" if go is given_away else "copy.removed",
    )
    assert [fault.words for fault in verify.check()] == []


def test_a_copy_that_stays_ends_no_wait(loan: Loan, bob: User) -> None:
    holds.place(loan.copy.book, bob.member)
    with pytest.raises(StillUsed, match="has been lent or asked for, and its history stays"):
        copies.remove(loan.copy)

    assert Hold.objects.get().state == "waiting"
