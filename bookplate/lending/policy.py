"""What the library allows: pure questions about limits and dates, asked by every verb of lending.

They decide by the policy that they are given; `rules.current()` reads it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format

from bookplate.catalog.models import Copy, Kind, State
from bookplate.core.errors import Conflict
from bookplate.lending.models import DAYS_OF, GroupTerms, Loan, Policy
from bookplate.people.models import Member


class CopyOnLoan(Conflict):
    title = "The copy is on loan"


class CopyNotAvailable(Conflict):
    title = "The copy cannot be lent"


class CardExpired(Conflict):
    title = "The library card is no longer good"


class LimitReached(Conflict):
    title = "The member has as many books as allowed"


class RenewalsUsedUp(Conflict):
    title = "The loan cannot be renewed again"


@dataclass(frozen=True)
class Terms:
    """What holds for one member and one copy."""

    days: int | None
    """None for a copy that is not lent at all."""
    at_once: int
    renewals: int


def terms(policy: Policy, copy: Copy, member: Member | None) -> Terms:
    """The library's own, and before them those of the member's group (`Loan.objects.with_terms`)."""
    group = member.user.group if member and member.user else None
    theirs: GroupTerms | None = getattr(group, "terms", None)

    def value(name: str) -> int:
        special: int | None = getattr(theirs, name, None)
        usual: int = getattr(policy, name)
        return usual if special is None else special

    days = DAYS_OF.get(Kind(copy.kind))
    return Terms(value(days) if days else None, value("loans_at_once"), value("renewals"))


def may_borrow(policy: Policy, member: Member, copy: Copy, has_now: int) -> None:
    """Raise the reason why `member`, who `has_now` so many books, cannot take `copy`; holds are `holds.claim`'s."""
    if copy.state == State.ON_LOAN:
        raise CopyOnLoan(f"“{copy.book.title}” ({copy.barcode}) is on loan. Take it back first.")
    if copy.state not in (State.IN, State.HELD):
        raise CopyNotAvailable(f"“{copy.book.title}” ({copy.barcode}) is {copy.get_state_display().lower()}.")
    card_is_good(member)
    allowed = terms(policy, copy, member)
    if allowed.days is None:
        raise CopyNotAvailable(f"“{copy.book.title}” ({copy.barcode}) is for reference and not lent.")
    if has_now >= allowed.at_once:
        raise LimitReached(f"{member} has {has_now} books, as many as are allowed. Take one back first.")


def card_is_good(member: Member) -> None:
    """Raise `CardExpired` when it is no longer."""
    if member.expires_on and member.has_expired:
        end = date_format(member.expires_on, "j F Y")
        raise CardExpired(f"{member}'s card was good until {end}. The desk can give it a new end.")


def due_at(policy: Policy, copy: Copy, member: Member, now: datetime) -> datetime:
    """For a copy of any kind, one that is lent by way of exception as usual."""
    return policy.end_of_loan(now, terms(policy, copy, member).days or policy.loan_days)


def renewed_due_at(policy: Policy, loan: Loan, now: datetime) -> datetime:
    """One more period, from the old end, or from now when that is past; raises why there is none."""
    allowed = terms(policy, loan.copy, loan.member)
    if loan.renewals >= allowed.renewals:
        raise RenewalsUsedUp(
            f"“{loan.copy.book.title}” has been renewed {loan.renewals} times, as often as is allowed."
        )
    # Of what has become a reference book meanwhile, the borrower may finish reading.
    return policy.end_of_loan(max(now, loan.due_at), allowed.days or policy.loan_days)
