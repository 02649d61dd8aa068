"""Lending and taking back: each verb owns its transaction and records its event last."""

from collections.abc import Iterable
from datetime import timedelta
from functools import cache

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from bookplate.catalog.models import Copy, State
from bookplate.core import events
from bookplate.core.errors import Conflict
from bookplate.core.events import Note
from bookplate.core.models import insert, update
from bookplate.lending import holds, policy, rules
from bookplate.lending.locks import lock_copy, lock_copy_and_member, lock_loan
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import Member, User
from bookplate.people.statements import Prepared, Slot, Statement, compiled

UNDO_WITHIN = timedelta(minutes=15)
_OPEN = Prepared(
    lambda: Loan.objects.open().filter(copy=Slot("copy", Copy._meta.pk)).select_related("member").order_by()
)


class NotOnLoan(Conflict):
    title = "The copy is not on loan"


class TooLateToUndo(Conflict):
    title = "This can no longer be undone"


@transaction.atomic
def check_out(copy: Copy, member: Member, *, by: User | None) -> Loan:
    """Lend `copy` to `member`.

    Raises `CopyOnLoan`, `CopyNotAvailable`, `CardExpired`, `LimitReached` or `HeldForAnother`.
    """
    copy, member = lock_copy_and_member(copy, member)
    rule, now = rules.current(), timezone.now()
    policy.may_borrow(rule, member, copy, _open_loans(member))
    waits = holds.claim(copy, member)
    due_at = policy.due_at(rule, copy, member, now)
    loan = Loan(copy=copy, member=member, lent_by=by, lent_at=now, due_at=due_at)
    insert(loan)
    holds.set_state(copy, State.ON_LOAN)
    _record("loan.opened", loan, copy, waits)
    return loan


@transaction.atomic
def hand_over(hold: Hold, *, by: User | None) -> Loan:
    """Lend what is set aside to whoever it is for; raises `HoldOver`, and what `check_out` does."""
    hold = holds.lock_hold(hold)
    if hold.state != HoldState.READY or hold.copy is None:
        raise holds.HoldOver(f"“{hold.book.title}” is not set aside for {hold.member} now.")
    return check_out(hold.copy, hold.member, by=by)


@transaction.atomic
def take_back(copy: Copy) -> Loan:
    """End the open loan of `copy` and offer it to the first in line; raises `NotOnLoan`."""
    copy = lock_copy(copy)
    loan = _OPEN.first(copy=copy.pk)
    if loan is None:
        raise NotOnLoan(f"“{copy.book.title}” ({copy.barcode}) is not on loan.")
    return _close(loan, copy)


@transaction.atomic
def give_back(loan: Loan) -> Loan:
    """End this very loan; once returned, a further return changes nothing."""
    loan, copy = lock_loan(loan)
    return loan if loan.returned_at else _close(loan, copy)


@transaction.atomic
def renew(loan: Loan) -> Loan:
    """Move the due date; raises `RenewalsUsedUp`, `NotOnLoan` or `HeldForAnother`."""
    loan, copy = lock_loan(loan)
    if loan.returned_at:
        raise NotOnLoan(f"“{copy.book.title}” ({copy.barcode}) has been returned.")
    due_at = policy.renewed_due_at(rules.current(), loan, timezone.now())
    holds.refuse_if_wanted(copy, loan.member)
    loan.due_at = due_at
    loan.renewals += 1
    update(loan, "due_at", "renewals")
    _record("loan.renewed", loan, copy)
    return loan


@transaction.atomic
def undo_check_out(loan: Loan) -> Copy:
    """Take a mistaken loan back as if it had never been; raises `TooLateToUndo`."""
    copy = lock_copy(loan.copy)
    fresh = Loan.objects.open().filter(pk=loan.pk, renewals=0, lent_at__gt=timezone.now() - UNDO_WITHIN)
    if not fresh.exists():
        raise TooLateToUndo("This loan is over or too old to undo. Take the book back instead.")
    waits = holds.unclaim(loan)
    fresh.delete()
    waits += holds.settle(copy)
    _record("loan.undone", loan, copy, waits)
    return copy


@transaction.atomic
def undo_return(loan: Loan) -> Loan:
    """Reopen a loan that was ended by mistake; raises `TooLateToUndo`."""
    loan, copy = lock_loan(loan)
    recent = loan.returned_at and not loan.lost and loan.returned_at > timezone.now() - UNDO_WITHIN
    if not recent or copy.loans.filter(pk__gt=loan.pk).exists() or copy.state not in (State.IN, State.HELD):
        raise TooLateToUndo("This return is too old to undo, or the book has gone on. Lend it again instead.")
    waits = holds.withdraw_offer(copy)
    loan.returned_at = None
    loan.save(update_fields=["returned_at"])
    holds.set_state(copy, State.ON_LOAN)
    _record("loan.reopened", loan, copy, waits)
    return loan


def _open_loans(member: Member) -> int:
    row = _counting().row({"member": member.pk})
    return row[0] if row else 0


@cache
def _counting() -> Statement:
    theirs = Loan.objects.open().filter(member=Slot("member", Member._meta.pk)).order_by()
    return compiled(theirs.values("member").annotate(count=Count("pk")).values_list("count"))


def _close(loan: Loan, copy: Copy) -> Loan:
    loan.returned_at = timezone.now()
    update(loan, "returned_at")
    loan.copy = copy
    _record("loan.closed", loan, copy, holds.settle(copy))
    return loan


def _record(type: str, loan: Loan, copy: Copy, waits: Iterable[Note] = ()) -> None:
    """With what it did to those who wait for the book."""
    told = Note(type, copy.audience(), book=copy.book_id, copy=copy.pk, member=loan.member_id)
    events.record_all(dict.fromkeys([told, *waits]))  # somebody's place may have changed twice


def held_for(copy: Copy) -> Hold | None:
    """The hold that `copy`, as lending just left it, waits for on the holds shelf."""
    if copy.state != State.HELD:
        return None
    return copy.holds.filter(state=HoldState.READY).select_related("member").first()
