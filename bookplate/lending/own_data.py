"""Lending's part of privacy: what a person borrowed and waits for, and for how long that is known."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from bookplate.core.errors import Conflict
from bookplate.core.events import Note
from bookplate.lending import holds
from bookplate.lending.models import Hold, Loan, Reminder, ReminderChoice
from bookplate.lending.moving.forgetting import forget
from bookplate.people.models import User
from bookplate.people.privacy import Part, Table

# So many at a time that nobody has to wait for the desk's sake.
BATCH = 1000
NOT_LENT = "It is not lent any more."


class StillBorrowing(Conflict):
    title = "They still have books"


def held(user: User) -> Mapping[str, Table]:
    loans = Loan.objects.filter(member__user=user).values(
        "id", "copy__barcode", "copy__book__title", "lent_at", "due_at", "returned_at", "renewals"
    )
    waits = Hold.objects.filter(member__user=user).values(
        "id", "book__title", "state", "placed_at", "ready_until", "message", "answer"
    )
    told = Reminder.objects.filter(Q(loan__member__user=user) | Q(hold__member__user=user))
    choice = ReminderChoice.objects.filter(user=user).values("how")
    reminders = told.values("id", "loan", "hold", "reason", "until", "at", "delivery")
    return {"loans": loans, "holds": waits, "reminders": reminders, "reminder_choice": choice}


def erase(user: User) -> list[Note]:
    """Finished loans stay without their borrower, so that what is counted still counts them."""
    mine = Loan.objects.filter(member__user=user)
    if out := mine.open().count():
        raise StillBorrowing(f"{user} still has {out} book{'' if out == 1 else 's'}. Take them back first.")
    ended = [note for hold in Hold.objects.active().filter(member__user=user) for note in holds.withdraw(hold)]
    ended += [note for hold in Hold.objects.active().filter(wanted__owner=user) for note in _refused(hold)]
    Hold.objects.filter(member__user=user).delete()
    mine.update(member=None)
    forget(timezone.now())  # any of the lists that were brought in may name them
    return ended


def _refused(hold: Hold) -> list[Note]:
    """What somebody asked of the person who goes."""
    hold = holds.lock_hold(hold)
    return holds.refuse(hold, NOT_LENT) if hold.is_active else []


def tidy() -> int:
    """Loans that ended longer ago than `HISTORY_DAYS` forget who had the book; holds and lists of people are gone."""
    before = timezone.now() - timedelta(days=settings.HISTORY_DAYS)
    over = Hold.objects.exclude(pk__in=Hold.objects.active().values("pk")).filter(placed_at__lt=before)
    gone = over.delete()[0] + Reminder.objects.filter(at__lt=before).delete()[0] + forget(before)
    return gone + _forget_borrowers(Loan.objects.filter(returned_at__lt=before, member__isnull=False))


def _forget_borrowers(loans: "QuerySet[Loan]") -> int:
    forgotten = 0
    while some := list(loans.values_list("pk", flat=True)[:BATCH]):
        forgotten += Loan.objects.filter(pk__in=some).update(member=None)
    return forgotten


PART = Part(held, erase, tidy)
