"""What becomes of a copy: lost, damaged, withdrawn, or good again; and what that does to its loan and holds.

A loan ends when its copy is lost (`Loan.lost`) or comes back damaged; a withdrawn copy must be back first. What is
lost may be found, so whoever waits stays in line; when the last copy is withdrawn their wait ends, and they are told.
"""

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from bookplate.catalog.models import Copy, State
from bookplate.core import events
from bookplate.core.events import Note
from bookplate.lending import holds
from bookplate.lending.locks import lock_copy
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.lending.policy import CopyOnLoan


class Condition(models.TextChoices):
    GOOD = "good", "Good, and here"
    LOST = "lost", "Lost"
    DAMAGED = "damaged", "Damaged"
    WITHDRAWN = "withdrawn", "Withdrawn for good"


STATES = {Condition.LOST: State.LOST, Condition.DAMAGED: State.DAMAGED, Condition.WITHDRAWN: State.WITHDRAWN}
NEVER_BACK = "It was withdrawn for good, so it cannot be lent any more."
TOLD = {
    Condition.GOOD: "copy.found",
    Condition.LOST: "copy.lost",
    Condition.DAMAGED: "copy.damaged",
    Condition.WITHDRAWN: "copy.withdrawn",
}


@transaction.atomic
def set_condition(copy: Copy, condition: Condition) -> Copy:
    """The copy as it is then; what it is already changes nothing. Raises `CopyOnLoan` for one to be withdrawn.

    Good again it goes to the first in line, or is in. Whoever it was set aside for is first in line again.
    """
    copy = lock_copy(copy)
    if condition == condition_of(copy):
        return copy
    if condition == Condition.WITHDRAWN and copy.state == State.ON_LOAN:
        raise CopyOnLoan(f"“{copy.book.title}” ({copy.barcode}) is on loan. Take it back, or say that it is lost.")
    loan = _end_loan(copy, lost=condition == Condition.LOST)
    notes = _become(copy, condition)
    member = loan.member_id if loan else None
    told = Note(TOLD[condition], copy.audience(), book=copy.book_id, copy=copy.pk, member=member)
    events.record_all(dict.fromkeys([told, *notes]))  # somebody's place may have changed twice
    return copy


def condition_of(copy: Copy) -> Condition:
    """A copy that is out or set aside is good, as far as anybody knows."""
    return next((condition for condition, state in STATES.items() if state == copy.state), Condition.GOOD)


def _end_loan(copy: Copy, *, lost: bool) -> Loan | None:
    loan = copy.loans.open().first()
    if loan:
        loan.returned_at, loan.lost = timezone.now(), lost
        loan.save(update_fields=["returned_at", "lost"])
    return loan


def _become(copy: Copy, condition: Condition) -> list[Note]:
    if condition == Condition.GOOD:
        return holds.settle(copy)
    notes = holds.withdraw_offer(copy)
    holds.set_state(copy, STATES[condition])
    return [*notes, *end_holds(copy, NEVER_BACK)] if condition == Condition.WITHDRAWN else notes


def end_holds(copy: Copy, answer: str) -> list[Note]:
    """Of those who wait for what never comes back once `copy` is gone. The caller holds the book's lock."""
    over = Hold.objects.active().filter(_in_vain(copy)).select_related("book", "member")
    notes = [holds.note_to_asker("hold.refused", hold) for hold in over]
    over.update(state=HoldState.REFUSED, answer=answer, ended_at=timezone.now())
    return notes + [note for hold in over for note in holds.shifted_by(hold)]


def _in_vain(copy: Copy) -> Q:
    """Those for this very copy; and for any of the library's, when that was the last."""
    others = Copy.objects.of_library().filter(book=copy.book_id).exclude(state=State.WITHDRAWN).exclude(pk=copy.pk)
    if copy.is_somebodys or others.exists():
        return Q(wanted=copy)
    return Q(wanted=copy) | Q(wanted__isnull=True, book=copy.book_id)


def word_on_waiting(copy: Copy) -> str:
    """What the desk should know when nothing can come back to those in line but what is lost; else empty."""
    others = Copy.objects.of_library().filter(book=copy.book_id).exclude(state__in=holds.GONE)
    waiting = Hold.objects.waiting().filter(book=copy.book_id, wanted__isnull=True)
    if copy.state != State.LOST or copy.is_somebodys or others.exists() or not (number := waiting.count()):
        return ""
    who = "1 member waits" if number == 1 else f"{number} members wait"
    return f"{who} for this book and the library has no other copy: withdraw it to end the wait and let them know."
