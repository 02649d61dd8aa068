"""The queue for a book: joining it, the copy that is offered to the first in line, taking it."""

from django.db import transaction
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, State
from bookplate.core import events
from bookplate.core.errors import Conflict
from bookplate.core.events import Note
from bookplate.core.models import Audience, locked
from bookplate.lending import policy
from bookplate.lending.models import ACTIVE, Hold, HoldQuerySet, HoldState, Loan
from bookplate.people.models import Member


class HeldForAnother(Conflict):
    title = "The copy is held for somebody else"


class AlreadyHeld(Conflict):
    title = "The member waits for this book already"


@transaction.atomic
def place(book: Book, member: Member) -> Hold:
    """Put `member` last in the queue for `book`; raises `AlreadyHeld`."""
    book = locked(book)
    if Hold.objects.active().filter(book=book, member=member).exists():
        raise AlreadyHeld(f"{member} waits for “{book.title}” already.")
    hold = Hold.objects.create(book=book, member=member)
    events.record("hold.placed", (Audience.STAFF, None), book=book.pk, member=member.pk)
    return hold


@transaction.atomic
def cancel(hold: Hold) -> None:
    """End a wait; a copy that was set aside goes to the next in line. Over already, it changes nothing."""
    if note := withdraw(hold):
        events.record_all([note])


def withdraw(hold: Hold) -> Note | None:
    """`cancel` within a larger transaction, which records the event last."""
    locked(hold.book)
    hold = Hold.objects.select_related("copy").get(pk=hold.pk)
    if hold.state not in ACTIVE:
        return None
    copy, hold.state = hold.copy, HoldState.CANCELLED
    hold.save(update_fields=["state"])
    if copy:
        settle(copy)
    return Note("hold.cancelled", (Audience.STAFF, None), book=hold.book_id, member=hold.member_id)


def settle(copy: Copy) -> None:
    """A copy that came in waits for the first in line, or is in. The caller holds the book's lock."""
    copy.state = State.HELD if offer(copy) else State.IN
    copy.save(update_fields=["state"])


def offer(copy: Copy) -> bool:
    """Set `copy` aside for the first in line; whether there was one. The caller holds the book's lock."""
    first = Hold.objects.waiting().filter(book=copy.book_id).first()
    if first is None or copy.owner_id or copy.owner_group_id:
        return False
    first.state, first.copy = HoldState.READY, copy
    first.ready_until = policy.ready_until(timezone.now())
    first.save(update_fields=["state", "copy", "ready_until"])
    return True


def claim(copy: Copy, member: Member) -> Hold | None:
    """End `member`'s wait if `copy` ends it; raises `HeldForAnother` when it is set aside for another."""
    if copy.state == State.HELD and not _ready(copy).filter(member=member).exists():
        raise HeldForAnother(f"“{copy.book.title}” ({copy.barcode}) is held for another member.")
    hold = Hold.objects.active().filter(book=copy.book_id, member=member).first()
    if hold is None or (hold.state == HoldState.READY and hold.copy_id != copy.pk):
        return None
    hold.state, hold.copy = HoldState.PICKED_UP, copy
    hold.save(update_fields=["state", "copy"])
    return hold


def unclaim(loan: Loan) -> None:
    """Give the borrower their old place in the queue back when `loan` is undone."""
    mine = Hold.objects.filter(state=HoldState.PICKED_UP, copy=loan.copy_id, member=loan.member_id)
    hold = mine.order_by("id").last()
    if hold and not _was_taken_before(hold, loan):
        _back_to_queue(hold)


def _was_taken_before(hold: Hold, loan: Loan) -> bool:
    """Whether it was an earlier loan that ended this wait."""
    since = Loan.objects.filter(copy=hold.copy_id, member=hold.member_id, lent_at__gte=hold.placed_at)
    return since.exclude(pk=loan.pk).exists()


def withdraw_offer(copy: Copy) -> None:
    for hold in _ready(copy):
        _back_to_queue(hold)


def refuse_if_wanted(copy: Copy) -> None:
    """Raise `HeldForAnother` if somebody waits for the book and no copy of it is in."""
    wanted = Hold.objects.waiting().filter(book=copy.book_id).exists()
    if wanted and not copy.book.copies.of_library().available().exists():
        raise HeldForAnother(f"Somebody waits for “{copy.book.title}”, so it cannot be renewed.")


def _ready(copy: Copy) -> HoldQuerySet:
    return Hold.objects.filter(copy=copy, state=HoldState.READY)


def _back_to_queue(hold: Hold) -> None:
    hold.state, hold.copy, hold.ready_until = HoldState.WAITING, None, None
    hold.save(update_fields=["state", "copy", "ready_until"])
