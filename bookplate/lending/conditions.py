"""What becomes of a copy: lost, damaged, withdrawn, or good again; and what that does to its loan and holds.

A loan ends when its copy is lost (`Loan.lost`) or comes back damaged; a withdrawn copy must be back first.
"""

from django.db import models, transaction
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
    events.record_all([*notes, told])
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
        holds.settle(copy)
        return []
    holds.withdraw_offer(copy)
    holds.set_state(copy, STATES[condition])
    return _end_holds(copy) if condition == Condition.WITHDRAWN else []


def _end_holds(copy: Copy) -> list[Note]:
    """Of those who wait for this very copy, which never comes back."""
    wanted = Hold.objects.active().filter(wanted=copy).select_related("book", "member", "wanted")
    notes = [holds.note_of("hold.cancelled", hold) for hold in wanted]
    wanted.update(state=HoldState.CANCELLED)
    return notes
