"""Who may see which event: an event of a copy goes with the copy, any other with its audience (G9, G26)."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from bookplate.catalog import copies
from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.core import events
from bookplate.core.models import Audience, Event
from bookplate.feed import reading
from bookplate.people.models import Group, User
from bookplate.people.roles import Role, Viewer
from tests.rights import COPIES_OF_A_PERSON, COPIES_OF_THE_LIBRARY, VIEWERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewers(make_user: Callable[..., User]) -> dict[str, Viewer]:
    """The people of the table in tests/rights.py."""
    owner = make_user("owner", group="Household")
    people = {"owner": owner, "mate": make_user("mate", group="Household")}
    people |= {name: make_user(name, group="Elsewhere") for name in ("friend", "other")}
    people |= {role.value: make_user(role.value, role, "Team") for role in (Role.ASSISTANT, Role.LIBRARIAN, Role.ADMIN)}
    owner.friends.add(people["friend"])
    return {"nobody": AnonymousUser(), **people}


def seers(viewers: dict[str, Viewer], *events: Event) -> list[str]:
    """Those who see these events, and nothing else."""
    seen = {name: list(reading.visible_to(viewer).order_by("id")) for name, viewer in viewers.items()}
    assert [rows for rows in seen.values() if rows not in ([], list(events))] == []
    return [name for name in VIEWERS if seen[name]]


def expected(answers: tuple[int, ...]) -> list[str]:
    return [name for name, status in zip(VIEWERS, answers, strict=True) if status == 200]


EVERYBODY = VIEWERS
SIGNED_IN = VIEWERS[1:]
AUDIENCES: dict[Audience, list[str]] = {
    Audience.PUBLIC: EVERYBODY,
    Audience.MEMBERS: SIGNED_IN,
    Audience.GROUP: ["owner", "mate"],
    Audience.FRIENDS: ["owner", "friend"],
    Audience.USER: ["owner"],
    Audience.STAFF: ["assistant", "librarian", "admin"],
    Audience.ADMINS: ["admin"],
}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_an_audience(viewers: dict[str, Viewer], audience: Audience) -> None:
    owner = User.objects.get(username="owner")
    of = {Audience.GROUP: owner.group_id, Audience.FRIENDS: owner.pk, Audience.USER: owner.pk}.get(audience)
    Event.objects.create(type="book.changed", at=timezone.now(), audience=audience, audience_of=of)

    assert seers(viewers, Event.objects.get()) == AUDIENCES[audience]


def test_every_audience_is_in_the_table() -> None:
    assert list(AUDIENCES) == list(Audience)


CASES = [
    (owned, visibility, expected(answers))
    for owned, table in ((True, COPIES_OF_A_PERSON), (False, COPIES_OF_THE_LIBRARY))
    for visibility, answers in table.items()
]


@pytest.mark.parametrize(("owned", "visibility", "who"), CASES)
def test_an_event_of_a_copy(
    viewers: dict[str, Viewer], book: Book, owned: bool, visibility: str, who: list[str]
) -> None:
    owner = User.objects.get(username="owner") if owned else None
    copies.add(book, owner=owner, visibility=visibility)

    assert seers(viewers, Event.objects.get()) == who


@pytest.mark.parametrize(("owned", "visibility", "who"), CASES)
def test_a_copy_that_became_hidden_takes_its_events_along(
    viewers: dict[str, Viewer], book: Book, owned: bool, visibility: str, who: list[str]
) -> None:
    copy = copies.add(book, owner=User.objects.get(username="owner") if owned else None)
    copies.change(copy, visibility=visibility)

    assert seers(viewers, *Event.objects.all()) == who


@pytest.mark.parametrize("visibility", [value for value in COPIES_OF_A_PERSON if value != Visibility.EVERYONE])
def test_a_copy_that_was_removed_is_told_to_whom_it_was_for(
    viewers: dict[str, Viewer], book: Book, visibility: str
) -> None:
    owner = User.objects.get(username="owner")
    copies.remove(copies.add(book, owner=owner, visibility=visibility))

    # Whoever works at the desk or is an admin saw it by their role; of what is gone only the audience hears.
    who = {"members": SIGNED_IN, "group": ["owner", "mate"], "friends": ["owner", "friend"], "owner": ["owner"]}
    assert seers(viewers, *Event.objects.filter(type="copy.removed")) == who[visibility]


def test_a_groups_copy_is_its_groups(viewers: dict[str, Viewer], book: Book) -> None:
    household = Group.objects.get(name="Household")
    copy = copies.add(book, owner_group=household, visibility=Visibility.OWNER)
    assert seers(viewers, *Event.objects.all()) == ["owner", "mate", "admin"]

    copies.remove(copy)
    assert seers(viewers, *Event.objects.filter(type="copy.removed")) == ["owner", "mate"]


def test_the_end_of_a_friendship_and_of_a_group_ends_the_sight_of_their_events(
    viewers: dict[str, Viewer], book: Book
) -> None:
    owner, friend, mate = (User.objects.get(username=name) for name in ("owner", "friend", "mate"))
    copies.add(book, owner=owner, visibility=Visibility.FRIENDS)
    Event.objects.create(type="book.changed", at=timezone.now(), audience=Audience.FRIENDS, audience_of=owner.pk)
    copies.add(book, owner=owner, visibility=Visibility.GROUP)
    assert [reading.visible_to(user).count() for user in (owner, friend, mate)] == [3, 2, 1]

    owner.friends.remove(friend)
    User.objects.filter(pk=mate.pk).update(group=Group.objects.get(name="Elsewhere"))

    withdrawn = User.objects.filter(username__in=["friend", "mate"])
    assert [reading.visible_to(user).count() for user in withdrawn] == [0, 0]


def test_reading_goes_on_where_it_was(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH", 2)
    for number in range(5):
        events.record("book.added", (Audience.PUBLIC, None), book=number)
    events.record("profile.changed", (Audience.USER, bob.pk))
    first = Event.objects.all()[0].pk

    read = reading.since(alice, first - 1)
    assert ([event.book for event in read.events], read.more) == ([0, 1], True)
    read = reading.since(alice, read.upto)
    assert ([event.book for event in read.events], read.more) == ([2, 3], True)
    read = reading.since(alice, read.upto)
    # What was for bob has been looked at, too, and is not asked for again.
    assert ([event.book for event in read.events], read.more, read.upto) == ([4], False, reading.latest())
    assert reading.since(alice, read.upto) == reading.Reading([], read.upto, more=False)


def test_a_number_of_the_future_waits_there(alice: User) -> None:
    assert reading.since(alice, 99) == reading.Reading([], 99, more=False)


def test_a_frame_has_numbers_only(copy: Copy) -> None:
    events.record("loan.opened", copy.audience(), book=copy.book_id, copy=copy.pk)
    events.record("member.added", (Audience.STAFF, None))
    loan, member = Event.objects.all()

    assert reading.frame(loan) == {
        "id": loan.pk,
        "type": "loan.opened",
        "at": loan.at.isoformat(),
        "book": copy.book_id,
        "copy": copy.pk,
    }
    assert reading.frame(member) == {"id": member.pk, "type": "member.added", "at": member.at.isoformat()}


@pytest.mark.parametrize("rows", [1, 3])
def test_reading_asks_so_often_however_much_there_is(
    alice: User, bob: User, book: Book, rows: int, django_assert_num_queries: Callable[..., object]
) -> None:
    alice.friends.add(bob)
    for _ in range(rows):
        copies.add(book)

    with django_assert_num_queries(3):  # type: ignore[attr-defined]
        assert len(reading.since(alice, 0).events) == rows
