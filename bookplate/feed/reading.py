"""Reading what happened: which events a viewer may see, decided by the rights of this moment."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from bookplate.catalog.models import Copy
from bookplate.core.events import telling_members
from bookplate.core.models import Audience, Event
from bookplate.feed import audiences
from bookplate.people import roles
from bookplate.people.models import Member, User

# How many events one reading brings at most.
BATCH = 500


@dataclass(frozen=True)
class Reading:
    events: list[Event]
    upto: int
    """Everything up to this number has been looked at; ask for what came since it next time."""
    more: bool


@dataclass(frozen=True)
class News:
    """What happened, each told in the words that travel, and who of those who listen may hear it."""

    told: list[tuple[int, str, audiences.Viewers]]
    upto: int
    more: bool


def news(last: int, among: Collection[int]) -> News:
    """The events after number `last` for the users `among`, whoever they are; each is written once for all."""
    events = list(Event.objects.filter(id__gt=last).order_by("id")[:BATCH])
    if not events:
        return News([], last, more=False)
    told = [
        (event.pk, written(event), viewers)
        for event, viewers in zip(events, audiences.viewers(events, among), strict=True)
    ]
    return News(told, events[-1].pk, len(events) == BATCH)


def since(viewer: roles.Viewer, last: int) -> Reading:
    """The events after number `last` that `viewer` may see, oldest first."""
    newest = latest()
    if newest <= last:
        return Reading([], last, more=False)
    events = list(visible_to(viewer).filter(id__gt=last, id__lte=newest).order_by("id")[:BATCH])
    more = len(events) == BATCH
    return Reading(events, events[-1].pk if more else newest, more)


def reached(read: Reading) -> int:
    """Where to go on: not beyond what there is, though somebody asked from there."""
    return min(read.upto, latest())


def has_gap(last: int) -> bool:
    """Whether some of what happened after number `last` is not kept any more (`BOOKPLATE_EVENT_DAYS`)."""
    oldest = Event.objects.order_by("id").values_list("id", flat=True).first() if last else None
    return oldest is not None and oldest > last + 1


def headers(asked: int, read: Reading) -> dict[str, str]:
    """Of the answer to whoever asked for what came after number `asked`."""
    return {"Last-Event": str(reached(read)), **({"Event-Gap": "true"} if has_gap(asked) else {})}


def visible_to(viewer: roles.Viewer) -> "QuerySet[Event]":
    """An event of a copy is for those who may see the copy; any other for its own audience.

    Of a copy that is gone only its removal is told: who could see it before, nobody knows any more. What a member
    borrows or waits for is told to them in any case.
    """
    copies = Copy.objects.filter(pk=OuterRef("copy"))
    seen = Q(Exists(copies.visible_to(viewer)))
    of_no_copy = Q(copy__isnull=True) | Q(type="copy.removed")
    return Event.objects.filter(seen | _for(viewer) & of_no_copy & ~Q(Exists(copies)) | _of_own_card(viewer))


def _for(viewer: roles.Viewer) -> Q:
    audience = Q(audience=Audience.PUBLIC)
    if not isinstance(viewer, User):
        return audience
    audience |= Q(audience=Audience.MEMBERS) | Q(audience=Audience.USER, audience_of=viewer.pk)
    audience |= Q(audience=Audience.GROUP, audience_of=viewer.group_id)
    audience |= Q(audience=Audience.FRIENDS, audience_of__in=[viewer.pk, *viewer.friends.values_list("pk", flat=True)])
    if roles.works_at_desk(viewer):
        audience |= Q(audience=Audience.STAFF)
    return audience | Q(audience=Audience.ADMINS) if roles.is_admin(viewer) else audience


def _of_own_card(viewer: roles.Viewer) -> Q:
    cards = Member.objects.filter(user=viewer) if isinstance(viewer, User) else Member.objects.none()
    return Q(type__in=telling_members(), member__in=cards.values("pk"))


def latest() -> int:
    """The number of the newest event, 0 when nothing has happened yet."""
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def frame(event: Event) -> dict[str, object]:
    """An event as it travels: numbers only, never what the REST answer would hide."""
    body: dict[str, object] = {"id": event.pk, "type": event.type, "at": event.at.isoformat()}
    if event.book is not None:
        body["book"] = event.book
    if event.copy is not None:
        body["copy"] = event.copy
    return body


def written(event: Event) -> str:
    return json.dumps(frame(event), separators=(",", ":"))
