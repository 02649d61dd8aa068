"""The audit: who did what to whom, when and from where, read from the outbox. Only admins see it.

Nothing is written here: each event keeps its actor (`core.events.acting`), and events are append only.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from bookplate.catalog.models import Book, Copy
from bookplate.core.models import FORGOTTEN, Event
from bookplate.people.models import Member, User

# What each type of event says of its actor; a test knows of one that is missing.
SENTENCES = {
    "loan.opened": "lent a copy",
    "loan.closed": "took a copy back",
    "loan.renewed": "renewed a loan",
    "loan.undone": "undid a loan",
    "loan.reopened": "undid a return",
    "hold.placed": "placed a hold",
    "hold.cancelled": "cancelled a hold",
    "hold.expired": "ended a hold that was not fetched",
    "hold.ready": "put a copy on the holds shelf",
    "hold.suspended": "suspended a hold",
    "hold.resumed": "ended a hold's suspension",
    "hold.accepted": "accepted a request for a copy",
    "hold.refused": "refused a request for a copy",
    "hold.moved": "moved a hold in its queue",
    "policy.changed": "changed what the library allows",
    "reminders.chosen": "chose which reminders they get",
    "book.added": "added a book",
    "book.changed": "changed a book",
    "book.removed": "removed a book",
    "book.merged": "made two books one",
    "book.parted": "made one book two again",
    "duplicate.dismissed": "said that two books are not the same",
    "duplicate.restored": "took back that two books are not the same",
    "copy.added": "added a copy",
    "copy.changed": "changed a copy",
    "copy.removed": "removed a copy",
    "copy.repaired": "put the state of a copy right",
    "copy.found": "found a copy again",
    "copy.lost": "said that a copy is lost",
    "copy.damaged": "said that a copy is damaged",
    "copy.withdrawn": "withdrew a copy",
    "member.added": "made a library card",
    "member.changed": "changed a library card",
    "member.removed": "removed a library card",
    "member.code-made": "made a code for a library card",
    "member.code-withdrawn": "withdrew the code of a library card",
    "member.linked": "made a library card theirs",
    "member.unlinked": "took a library card from its account",
    "import.added": "brought a file in",
    "account.changed": "changed an account",
    "account.registered": "made an account",
    "account.renamed": "changed a username",
    "account.mail-changed": "changed a mail address",
    "account.password-changed": "changed their password",
    "account.password-reset": "got a new password by mail",
    "account.password-set": "set a password",
    "account.recovered": "recovered an account",
    "account.erased": "erased an account",
    "account.signed-out": "ended sign-ins",
    "user.paused": "tried too many wrong passwords for an account",
    "invitation.made": "made an invitation",
    "invitation.withdrawn": "withdrew an invitation",
    "group.added": "added a group",
    "group.changed": "renamed a group",
    "group.removed": "removed a group",
    "catalogue.loaded": "loaded the demo",
    "token.made": "made a token for a script",
    "token.ended": "ended a token for a script",
}
# Who is whose friend is not the library's to know.
PRIVATE = ["friend", "block", "profile"]
KINDS = sorted({type.partition(".")[0] for type in SENTENCES})


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
    private = reduce(or_, (Q(type__startswith=f"{kind}.") for kind in PRIVATE))
    found = Event.objects.exclude(private).exclude(by=None, user=None, member=None)
    if wanted.person:
        found = found.filter(_naming(wanted.person))
    if wanted.type:
        found = found.filter(Q(type=wanted.type) | Q(type__startswith=f"{wanted.type}."))
    if wanted.since:
        found = found.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        found = found.filter(at__lte=timezone.make_aware(datetime.combine(wanted.until, time.max)))
    return found


def _naming(username: str) -> Q:
    users = User.objects.filter(username__iexact=username)
    cards = Member.objects.filter(user__in=users)
    return Q(by__in=users.values("pk")) | Q(user__in=users.values("pk")) | Q(member__in=cards.values("pk"))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def lines(events: Iterable[Event]) -> list[Line]:
    """In words, with four queries however many there are."""
    rows = list(events)
    names = _names(rows)
    return [_line(event, names) for event in rows]


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


def _line(event: Event, names: _Names) -> Line:
    who = _who(event, names)
    whom = _named(names.members, event.member, "card") or _named(names.users, event.user, "account")
    book, copy = _named(names.books, event.book, "book"), _named(names.copies, event.copy, "copy")
    what = ", ".join(filter(None, [f"“{book}”" if book else "", copy, event.note]))
    return Line(event, who, SENTENCES.get(event.type, event.type.replace(".", ", ")), whom, what)


def _who(event: Event, names: _Names) -> str:
    if event.by == FORGOTTEN["by"]:
        return "somebody who is gone"
    return _named(names.users, event.by, "account") or "the server"


def _named(names: dict[int, str], number: int | None, kind: str) -> str:
    return names.get(number, f"{kind} {number}") if number else ""
