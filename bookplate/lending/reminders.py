"""Reminders: what is to be told to whom today, decided once each, and mailed by the worker.

A reminder is decided in a transaction that holds the loan's row: a return waits for it or comes before it, so nobody
is reminded of what they gave back (G18). That it was decided is a row, written there and committed before the mail
goes out: whatever happens then, it is not sent again. Days are those of the library's time zone.

Nothing here waits for a lock, which others take in another order: who is busy is reminded in the next round.
"""

from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import TypeVar, cast

from django.db import transaction
from django.db.models import Exists, Q
from django.utils import timezone

from bookplate.core import events, mail
from bookplate.core.mail import Server
from bookplate.core.models import Audience
from bookplate.lending import letters, rules
from bookplate.lending.models import (
    Delivery,
    Hold,
    HoldQuerySet,
    HoldState,
    How,
    Loan,
    LoanQuerySet,
    Policy,
    Reason,
    Reminder,
    ReminderChoice,
)
from bookplate.lending.models.holds import TOLD_FOR
from bookplate.lending.models.reminders import told_on
from bookplate.people.models import Member, User

# So many people in one round, so that a stop of the worker need not wait long.
AT_ONCE = 50
Due = dict[Reason, LoanQuerySet | HoldQuerySet]
Rows = TypeVar("Rows", LoanQuerySet, HoldQuerySet)


def send_due() -> int:
    """Mail what is to be told now, to some of the people; how many mails the server took. For the worker, often."""
    policy, now = rules.current(), timezone.now()
    if timezone.localtime(now).hour < policy.remind_hour:
        return 0
    waiting = list(_members(due(policy, now)).items())[:AT_ONCE]
    with mail.server() as server:
        there = takewhile(lambda _: server.is_there(), waiting)
        return sum(_remind(member, things, policy, now, server) for member, things in there)


def due(policy: Policy, now: datetime) -> Due:
    """What is to be told on this day and was not yet, of people who have a mail address and want to hear of it."""
    today = timezone.localdate(now)
    loans = _wanted(Loan.objects.open().with_terms(), today)
    ready = _wanted(Hold.objects.filter(state=HoldState.READY, ready_until__gte=now).with_copy(), today)
    return {
        Reason.OVERDUE: _overdue(loans, policy, today),
        Reason.ON_DAY: _on_day(loans, policy, today),
        Reason.BEFORE: _before(loans, policy, today),
        Reason.READY: ready.filter(~Exists(Reminder.objects.of_the_hold(Reason.READY))),
        Reason.EXPIRING: _expiring(ready, today),
        Reason.OVER: _over(now),
    }


def _wanted(rows: Rows, today: date) -> Rows:
    reachable = rows.filter(member__user__is_active=True).exclude(member__user__email="")
    reachable = reachable.exclude(member__user__reminder_choice__how=How.NONE)
    return reachable.filter(Q(member__user__reminder_choice__how=How.EACH) | ~told_on(today))


def _overdue(loans: LoanQuerySet, policy: Policy, today: date) -> LoanQuerySet:
    """First on the day after the due date, then every so many days."""
    if not policy.remind_overdue:
        return loans.none()
    lately = Reminder.objects.filter(day__gt=today - timedelta(policy.remind_overdue))
    return loans.filter(~Exists(lately.of_the_loan(Reason.OVERDUE)), due_at__lt=_begin(today))


def _on_day(loans: LoanQuerySet, policy: Policy, today: date) -> LoanQuerySet:
    if not policy.remind_on_day:
        return loans.none()
    due_today = loans.filter(due_at__gte=_begin(today), due_at__lt=_begin(today + timedelta(1)))
    return due_today.filter(~Exists(Reminder.objects.of_the_loan(Reason.ON_DAY)))


def _before(loans: LoanQuerySet, policy: Policy, today: date) -> LoanQuerySet:
    """Not of what was lent today: they were just told."""
    soon = _begin(today + timedelta(policy.remind_before + 1))
    due_soon = loans.filter(due_at__gte=_begin(today + timedelta(1)), due_at__lt=soon, lent_at__lt=_begin(today))
    return due_soon.filter(~Exists(Reminder.objects.of_the_loan(Reason.BEFORE)))


def _expiring(ready: HoldQuerySet, today: date) -> HoldQuerySet:
    """From the day before the last one, if they were told on an earlier day that it is ready."""
    told = Reminder.objects.filter(day__lt=today).of_the_hold(Reason.READY)
    again = Reminder.objects.of_the_hold(Reason.EXPIRING)
    return ready.filter(Exists(told), ~Exists(again), ready_until__lt=_begin(today + timedelta(2)))


def _over(now: datetime) -> HoldQuerySet:
    """What the library itself gave up; what an owner answers is on the asker's page."""
    lately = Hold.objects.filter(state=HoldState.REFUSED, ended_at__gt=now - TOLD_FOR).for_library().with_copy()
    return _wanted(lately, timezone.localdate(now)).filter(~Exists(Reminder.objects.of_the_hold(Reason.OVER)))


def _begin(day: date) -> datetime:
    """Midnight in the library's time zone, whatever the clocks do that day."""
    return timezone.make_aware(datetime.combine(day, time()))


def _members(due: Due) -> Counter[int]:
    """Who is to be told of how many things."""
    return Counter(number for rows in due.values() for number in rows.values_list("member", flat=True))


def _remind(member: int, things: int, policy: Policy, now: datetime, server: Server) -> int:
    """Each mail is decided just before it is sent, so that no more than one can be cut off."""
    sent = 0
    while things and server.is_there() and (decided := _decide(member, things, policy, now)):
        sent += _deliver(decided, policy, server)
        things -= len(decided)
    return sent


@transaction.atomic
def _decide(number: int, things: int, policy: Policy, now: datetime) -> list[Reminder]:
    """What goes in the next mail of a member who is to be told of so many `things`.

    Nothing when something of theirs is changing just now: it is not clear then what is to be told.
    """
    member = Member.objects.select_for_update(skip_locked=True).filter(pk=number).first()
    if member is None:
        return []
    theirs = {reason: rows.filter(member=member) for reason, rows in due(policy, now).items()}
    decided = [
        reminder
        for reason, rows in theirs.items()
        for reminder in reminders(reason, rows.select_for_update(of=("self",), skip_locked=True), now)
    ]
    if len(decided) != things:
        return []
    return Reminder.objects.bulk_create(decided[:1] if chosen(member.user_id) == How.EACH else decided)


def reminders(reason: Reason, rows: LoanQuerySet | HoldQuerySet, now: datetime) -> list[Reminder]:
    """One for each of `rows`, not yet saved."""
    told = {"reason": reason, "day": timezone.localdate(now), "at": now}
    return [
        Reminder(loan=row, until=row.due_at, **told)
        if isinstance(row, Loan)
        else Reminder(hold=row, until=cast(datetime, row.ended_at or row.ready_until), **told)
        for row in rows
    ]


def _deliver(reminders: list[Reminder], policy: Policy, server: Server) -> bool:
    accepted = server.accepts(*letters.reminding(reminders, policy))
    delivery = Delivery.SENT if accepted else Delivery.FAILED
    Reminder.objects.filter(pk__in=[reminder.pk for reminder in reminders]).update(delivery=delivery)
    return accepted


def chosen(user: int | None) -> How:
    choice = ReminderChoice.objects.filter(user=user).first()
    return How(choice.how) if choice else How.DIGEST


@transaction.atomic
def choose(user: User, how: How) -> None:
    ReminderChoice.objects.update_or_create(user=user, defaults={"how": how})
    events.record("reminders.chosen", (Audience.USER, user.pk))
