"""What the library allows: pure questions about limits and dates, asked by every verb of lending."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from bookplate.catalog.models import Copy, State
from bookplate.core.errors import Conflict
from bookplate.lending.models import Loan
from bookplate.people.models import Member


class CopyOnLoan(Conflict):
    title = "The copy is on loan"


class CopyNotAvailable(Conflict):
    title = "The copy cannot be lent"


class LimitReached(Conflict):
    title = "The member has as many books as allowed"


class RenewalsUsedUp(Conflict):
    title = "The loan cannot be renewed again"


def may_borrow(member: Member, copy: Copy) -> None:
    """Raise the reason why `member` cannot take `copy` now; holds are asked about by `holds.claim`."""
    if copy.state == State.ON_LOAN:
        raise CopyOnLoan(f"“{copy.book.title}” ({copy.barcode}) is on loan. Take it back first.")
    if copy.state not in (State.IN, State.HELD):
        raise CopyNotAvailable(f"“{copy.book.title}” ({copy.barcode}) is {copy.get_state_display().lower()}.")
    if Loan.objects.open().filter(member=member).count() >= settings.LOANS_AT_ONCE:
        raise LimitReached(f"{member} has {settings.LOANS_AT_ONCE} books, as many as are allowed. Take one back first.")


def may_renew(loan: Loan) -> None:
    if loan.renewals >= settings.RENEWALS:
        raise RenewalsUsedUp(
            f"“{loan.copy.book.title}” has been renewed {loan.renewals} times, as often as is allowed."
        )


def renewed_due_at(loan: Loan, now: datetime) -> datetime:
    """One more period, counted from the old end, or from now when that is past."""
    return due_at(max(now, loan.due_at))


def due_at(now: datetime) -> datetime:
    """The end of the day, in the library's time zone, so many days from now."""
    day = timezone.localdate(now) + timedelta(days=settings.LOAN_DAYS)
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


def ready_until(now: datetime) -> datetime:
    day = timezone.localdate(now) + timedelta(days=settings.HOLD_DAYS)
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
