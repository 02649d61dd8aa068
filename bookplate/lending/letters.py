"""The words of a reminder."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from bookplate.lending import policy as allowed
from bookplate.lending import renewals
from bookplate.lending.models import Hold, Loan, Policy, Reason, Reminder
from bookplate.people import links

HEADINGS = {
    Reason.OVERDUE: "Overdue. Please bring back:",
    Reason.ON_DAY: "Due today:",
    Reason.BEFORE: "Due soon:",
    Reason.READY: "Ready for you to fetch:",
    Reason.EXPIRING: "Still here for you, but not for long:",
    Reason.OVER: "You need not wait any longer for:",
}
SUBJECTS = {
    Reason.OVERDUE: "“{}” is overdue",
    Reason.ON_DAY: "“{}” is due today",
    Reason.BEFORE: "“{}” is due soon",
    Reason.READY: "“{}” is ready for you",
    Reason.EXPIRING: "“{}” still waits for you",
    Reason.OVER: "“{}” can no longer be had",
}
LINKS = "A link renews that one book, without signing in."


def reminding(reminders: list[Reminder], policy: Policy) -> tuple[str, str, str]:
    """The address, the subject and the text of a mail with all of these, which are one person's."""
    member = reminders[0].member
    address = member.user.email if member and member.user else ""
    parts = [f"Hello {member.firstname if member else ''},", *_parts(reminders, policy), _ending()]
    return address, f"{settings.LIBRARY_NAME}: {_subject(reminders)}", "\n\n".join(parts) + "\n"


def _subject(reminders: list[Reminder]) -> str:
    if len(reminders) > 1:
        return f"About {len(reminders)} of your books"
    return SUBJECTS[Reason(reminders[0].reason)].format(reminders[0].title)


def _parts(reminders: list[Reminder], policy: Policy) -> Iterable[str]:
    for reason, heading in HEADINGS.items():
        if these := [reminder for reminder in reminders if reminder.reason == reason]:
            yield "\n".join([heading, *(_line(reminder, policy) for reminder in these)])


def _line(reminder: Reminder, policy: Policy) -> str:
    if reminder.loan:
        return _loan(reminder.loan, policy)
    return _hold(reminder.hold) if reminder.hold else ""


def _loan(loan: Loan, policy: Policy) -> str:
    line = f"- {loan.copy.book.title}, due on {_day(loan.due_at)}"
    may_renew = loan.renewals < allowed.terms(policy, loan.copy, loan.member).renewals
    if may_renew and settings.PUBLIC_URL:
        line += f"\n  Renew it: {renewals.link(loan, settings.PUBLIC_URL)}"
    return line


def _hold(hold: Hold) -> str:
    if hold.ended_at:
        return f"- {hold.book.title}. {hold.answer}"
    where = "with its owner" if hold.is_request else "at the library"
    return f"- {hold.book.title}, {where} until {_day(hold.ready_until)}"


def _day(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "l, j F") if at else ""


def _ending() -> str:
    if not settings.PUBLIC_URL:
        return "Sign in to renew your books, or to choose how you are reminded."
    return f"{LINKS} Choose how you are reminded:\n{links.page(settings.PUBLIC_URL, 'reminder-choice')}"
