"""Who may see an event: the question of `reading.visible_to`, asked the other way round for many people at once.

Both stand on the same words, and tests/feed/test_audiences.py compares them for every relation and visibility.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from django.db.models import Q

from bookplate.catalog.models import Copy, Visibility
from bookplate.core.events import telling_members
from bookplate.core.models import Audience, Event
from bookplate.people import roles
from bookplate.people.models import Member, User
from bookplate.people.roles import Role

# `None` is whoever is signed in.
Viewers: TypeAlias = frozenset[int] | None
DESK = [role for role in Role if roles.works_at_desk(User(role=role))]
ADMINS = [role for role in Role if roles.is_admin(User(role=role))]
NOBODY = Q(pk__in=[])


class Told(NamedTuple):
    """The audience of an event that goes with no copy."""

    audience: str
    of: int | None


class Kept(NamedTuple):
    """What decides who sees a copy."""

    visibility: str
    owner: int | None
    owner_group: int | None
    group_of_owner: int | None


def viewers(events: Sequence[Event], among: Collection[int]) -> list[Viewers]:
    """For each event, which of the users `among` may see it now; one query for each different audience."""
    copies = _copies(events)
    asked = [_asked(event, copies) for event in events]
    known = {one: _who(one, among) for one in dict.fromkeys(asked)}
    found = [known[one] for one in asked]
    members = _members([event for event, who in zip(events, found, strict=True) if who is not None], among)
    return [_with(who, members.get(event.pk)) for event, who in zip(events, found, strict=True)]


def _members(events: Sequence[Event], among: Collection[int]) -> dict[int, int]:
    """By event, who has the card that it was done to, where they are to be told."""
    telling = telling_members()
    cards = {event.pk: event.member for event in events if event.member is not None and event.type in telling}
    if not cards:
        return {}
    rows = Member.objects.filter(pk__in=set(cards.values()), user__in=among).values_list("pk", "user")
    users = cast(dict[int, int], dict(rows))
    return {event: users[card] for event, card in cards.items() if card in users}


def _with(viewers: Viewers, user: int | None) -> Viewers:
    return viewers if viewers is None or user is None else viewers | {user}


def _copies(events: Sequence[Event]) -> dict[int, Kept]:
    numbers = {event.copy for event in events if event.copy is not None}
    if not numbers:
        return {}
    rows = Copy.objects.filter(pk__in=numbers).values_list("pk", "visibility", "owner", "owner_group", "owner__group")
    return {number: Kept(*facts) for number, *facts in cast(Iterable[Any], rows)}


def _asked(event: Event, copies: dict[int, Kept]) -> Told | Kept | None:
    if event.copy is None:
        return Told(event.audience, event.audience_of)
    if event.copy in copies:
        return copies[event.copy]
    return Told(event.audience, event.audience_of) if event.type == "copy.removed" else None


def _who(asked: Told | Kept | None, among: Collection[int]) -> Viewers:
    rule = NOBODY if asked is None else _of_copy(asked) if isinstance(asked, Kept) else _of_audience(asked)
    if rule is None:
        return None
    return frozenset(User.objects.filter(rule, pk__in=among).values_list("pk", flat=True))


def _of_copy(copy: Kept) -> Q | None:
    """`Copy.objects.visible_to`, the other way round."""
    if copy.visibility in (Visibility.EVERYONE, Visibility.MEMBERS):
        return None
    rule = Q(role__in=ADMINS) | Q(pk=copy.owner) | _in_group(copy.owner_group)
    if copy.visibility == Visibility.GROUP:
        rule |= _in_group(copy.group_of_owner)
    if copy.visibility == Visibility.FRIENDS:
        rule |= _friends_of(copy.owner)
    return rule if copy.owner or copy.owner_group else rule | Q(role__in=DESK)


def _of_audience(told: Told) -> Q | None:
    if told.audience in (Audience.PUBLIC, Audience.MEMBERS):
        return None
    rules = {
        Audience.USER: Q(pk=told.of),
        Audience.GROUP: _in_group(told.of),
        Audience.FRIENDS: Q(pk=told.of) | _friends_of(told.of),
        Audience.STAFF: Q(role__in=DESK),
        Audience.ADMINS: Q(role__in=ADMINS),
    }
    return rules[Audience(told.audience)]


def _in_group(group: int | None) -> Q:
    return NOBODY if group is None else Q(group=group)


def _friends_of(user: int | None) -> Q:
    return NOBODY if user is None else Q(pk__in=User.objects.filter(friends=user).values("pk"))
