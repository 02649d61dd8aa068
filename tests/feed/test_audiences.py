"""The rule of `reading.visible_to` asked the other way round: both must say the same of everybody (G9, G26)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from bookplate.catalog import copies
from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.core import events
from bookplate.core.models import Audience, Event
from bookplate.feed import audiences, reading
from bookplate.people.models import Group, User
from bookplate.people.roles import Role
from tests.rights import COPIES_OF_A_PERSON, COPIES_OF_THE_LIBRARY

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(make_user: Callable[..., User]) -> list[User]:
    owner, friend = make_user("owner", group="Household"), make_user("friend", group="Elsewhere")
    owner.friends.add(friend)
    mates = [make_user("mate", group="Household"), make_user("other", group="Elsewhere")]
    staff = [make_user(role.value, role, "Team") for role in (Role.ASSISTANT, Role.LIBRARIAN, Role.ADMIN)]
    return [owner, friend, *mates, *staff]


def both_ways(people: list[User]) -> tuple[list[set[str]], list[set[str]]]:
    """Who sees each event, by asking of every person and by asking of every event."""
    told = list(Event.objects.order_by("id"))
    one_by_one = [
        {user.username for user in people if reading.visible_to(user).filter(pk=event.pk).exists()} for event in told
    ]
    found = audiences.viewers(told, [user.pk for user in people])
    names = {user.pk: user.username for user in people}
    return one_by_one, [set(names.values() if who is None else map(names.__getitem__, who)) for who in found]


def happened(audience: Audience, of: int | None) -> None:
    """Something that is about no copy, for an audience that such a thing never had."""
    Event.objects.create(type="book.changed", at=timezone.now(), audience=audience, audience_of=of)


def test_every_audience(people: list[User]) -> None:
    owner = people[0]
    of = {Audience.GROUP: owner.group_id, Audience.FRIENDS: owner.pk, Audience.USER: owner.pk}
    for audience in Audience:
        happened(audience, of.get(audience))
    happened(Audience.GROUP, None)
    happened(Audience.FRIENDS, None)

    asked, told = both_ways(people)

    assert told == asked
    assert len({frozenset(who) for who in told}) == 7


def test_every_copy(people: list[User], book: Book) -> None:
    household = Group.objects.get(name="Household")
    for visibility in COPIES_OF_THE_LIBRARY:
        copies.add(book, owner=None, visibility=visibility)
    for visibility in COPIES_OF_A_PERSON:
        copies.add(book, owner=people[0], visibility=visibility)
    for kept in (Visibility.MEMBERS, Visibility.GROUP, Visibility.OWNER):
        Copy.objects.create(book=book, owner_group=household, visibility=kept)
    events.record_all(
        events.Note("loan.opened", (Audience.STAFF, None), copy=number)
        for number in [*Copy.objects.values_list("pk", flat=True), 10**6]
    )
    events.record("copy.removed", (Audience.GROUP, household.pk), copy=10**6)

    asked, told = both_ways(people)

    assert told == asked
    assert len({frozenset(who) for who in told}) > 5


def test_an_ended_friendship_holds_from_the_next_event_on(people: list[User]) -> None:
    owner, friend = people[:2]
    happened(Audience.FRIENDS, owner.pk)
    told = [*Event.objects.all()]
    before = audiences.viewers(told, [friend.pk])
    owner.friends.remove(friend)

    assert (before, audiences.viewers(told, [friend.pk])) == ([frozenset([friend.pk])], [frozenset()])


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_do_not_grow_with_the_events(
    people: list[User], book: Book, django_assert_num_queries: Any, number: int
) -> None:
    mine = [Copy.objects.create(book=book, owner=people[0], visibility=Visibility.FRIENDS) for _ in range(number)]
    events.record_all(events.Note("copy.lost", (Audience.USER, 1), copy=copy.pk) for copy in mine)

    with django_assert_num_queries(3):
        news = reading.news(0, [user.pk for user in people])

    assert len(news.told) == number
