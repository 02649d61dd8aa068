"""Between people: asking somebody for a copy of theirs, and the owner's word on it.

Handing it over and back are a loan like any other (`checkout`).
"""

from django.db import transaction

from bookplate.catalog.models import Copy, State
from bookplate.core import events
from bookplate.core.errors import Conflict
from bookplate.lending import holds, policy, rules
from bookplate.lending.holds import AlreadyHeld, HoldOver, NothingToWaitFor
from bookplate.lending.locks import lock_copy, lock_member
from bookplate.lending.models import Hold, HoldState
from bookplate.lending.rights import cares_for
from bookplate.people.models import Member


class MembersDoNotLend(Conflict):
    title = "Members do not lend to each other here"


class OwnCopy(Conflict):
    title = "The copy is the member's own"


class CopyAway(Conflict):
    title = "The copy is not with its owner now"


def reserve(copy: Copy, member: Member, message: str = "") -> Hold:
    """Wait for this one copy: in the library's queue, or by asking its owner, who is told `message`."""
    return ask(copy, member, message) if copy.is_somebodys else holds.place_on(copy, member)


@transaction.atomic
def ask(copy: Copy, member: Member, message: str = "") -> Hold:
    """Ask the owner of `copy` for it, with a word to them.

    Raises `MembersDoNotLend`, `OwnCopy`, `AlreadyHeld`, `NothingToWaitFor` or `CardExpired`.
    """
    copy = lock_copy(copy)
    member = lock_member(member)
    _may_ask(copy, member)
    hold = Hold(book=copy.book, wanted=copy, member=member, message=message)
    holds.enter(hold)
    events.record_all([holds.note_of("hold.placed", hold)])
    return hold


def _may_ask(copy: Copy, member: Member) -> None:
    policy.card_is_good(member)
    if not rules.current().members_lend:
        raise MembersDoNotLend("This library does not let members borrow each other's books.")
    if member.user and cares_for(member.user, copy):
        raise OwnCopy(f"This copy of “{copy.book.title}” is {member}'s own.")
    if copy.state in holds.GONE:
        raise NothingToWaitFor(f"This copy of “{copy.book.title}” is {copy.get_state_display().lower()}.")
    if Hold.objects.active().filter(wanted=copy, member=member).exists():
        raise AlreadyHeld(f"{member} has asked for this copy of “{copy.book.title}” already.")


@transaction.atomic
def accept(hold: Hold, answer: str = "") -> Hold:
    """Keep the copy for whoever asks, with a word to them; raises `HoldOver` or `CopyAway`."""
    hold = _lock_request(hold)
    copy = lock_copy(hold.wanted) if hold.wanted else None
    if copy is None or hold.state != HoldState.WAITING:
        raise HoldOver(f"{hold.member} was answered already.")
    if copy.state != State.IN:
        raise CopyAway(f"“{hold.book.title}” is {copy.get_state_display().lower()}. It must be back first.")
    hold.answer = answer
    holds.keep_for(hold, copy)
    events.record_all([holds.note_to_asker("hold.accepted", hold), *holds.shifted_by(hold)])
    return hold


@transaction.atomic
def refuse(hold: Hold, answer: str = "") -> Hold:
    """Say no, also after a yes, with a word to whoever asks; raises `HoldOver`."""
    hold = _lock_request(hold)
    events.record_all(holds.refuse(hold, answer))
    return hold


def _lock_request(hold: Hold) -> Hold:
    hold = holds.lock_active(hold)
    if not hold.is_request:
        raise HoldOver(f"{hold.member} waits for a copy of the library's.")
    return hold
