"""The audit: who did what to whom, when and from where, read from the outbox. Only admins see it.

Nothing is written here: each event keeps its actor (`core.events.acting`), and events are append only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from bookplate.catalog.models import Book, Copy
from bookplate.core.events import kinds
from bookplate.core.models import FORGOTTEN, Event
from bookplate.people.models import Member, User

# On the very first day it may be the year 0 in UTC, which no clock has.
FIRST_DAY = date(1, 1, 2)


def families() -> list[str]:
    """The first words of the types that the audit may hold."""
    return sorted({kind.type.partition(".")[0] for kind in kinds() if not kind.private})


@dataclass(frozen=True)
class Wanted:
    """What the audit is narrowed to; an empty value narrows nothing."""

    person: str = ""
    """A username: what they did, and what was done to them."""
    type: str = ""
    """A type or its first word: "loan.opened", "loan"."""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Line:
    """An event with the names of what it is about, as they are now; ids of what is gone stay numbers."""

    event: Event
    who: str
    did: str
    whom: str
    what: str


@dataclass
class _Names:
    users: dict[int, str] = field(default_factory=dict)
    members: dict[int, str] = field(default_factory=dict)
    books: dict[int, str] = field(default_factory=dict)
    copies: dict[int, str] = field(default_factory=dict)


def find(wanted: Wanted) -> "QuerySet[Event]":
    """What somebody did, or what was done to somebody."""
    private = [kind.type for kind in kinds() if kind.private]
    found = Event.objects.exclude(type__in=private).exclude(by=None, user=None, member=None)
    if wanted.person:
        found = found.filter(_naming(wanted.person))
    if wanted.type:
        found = found.filter(Q(type=wanted.type) | Q(type__startswith=f"{wanted.type}."))
    if wanted.since:
        found = found.filter(at__gte=_midnight(wanted.since))
    if wanted.until and wanted.until < date.max:
        found = found.filter(at__lt=_midnight(wanted.until + timedelta(days=1)))
    return found


def _naming(username: str) -> Q:
    users = User.objects.filter(username__iexact=username)
    cards = Member.objects.filter(user__in=users)
    return Q(by__in=users.values("pk")) | Q(user__in=users.values("pk")) | Q(member__in=cards.values("pk"))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(max(day, FIRST_DAY), time.min))


def lines(events: Iterable[Event]) -> list[Line]:
    """In words, with four queries however many there are."""
    rows = list(events)
    names, did = _names(rows), {kind.type: kind.did for kind in kinds()}
    return [_line(event, names, did) for event in rows]


def _names(events: list[Event]) -> _Names:
    users = {number for event in events for number in (event.by, event.user) if number}
    return _Names(
        {user.pk: user.username for user in User.objects.filter(pk__in=users)},
        {member.pk: str(member) for member in Member.objects.filter(pk__in=_ids(events, "member"))},
        dict(Book.objects.filter(pk__in=_ids(events, "book")).values_list("pk", "title")),
        dict(Copy.objects.filter(pk__in=_ids(events, "copy")).values_list("pk", "barcode")),
    )


def _ids(events: list[Event], name: str) -> set[Any]:
    return {number for event in events if (number := getattr(event, name))}


def _line(event: Event, names: _Names, did: Mapping[str, str]) -> Line:
    who = _who(event, names)
    whom = _named(names.members, event.member, "card") or _named(names.users, event.user, "account")
    book, copy = _named(names.books, event.book, "book"), _named(names.copies, event.copy, "copy")
    what = ", ".join(filter(None, [f"“{book}”" if book else "", copy, event.note]))
    return Line(event, who, did.get(event.type, event.type.replace(".", ", ")), whom, what)


def _who(event: Event, names: _Names) -> str:
    if event.by == FORGOTTEN["by"]:
        return "somebody who is gone"
    return _named(names.users, event.by, "account") or "the server"


def _named(names: dict[int, str], number: int | None, kind: str) -> str:
    return names.get(number, f"{kind} {number}") if number else ""
