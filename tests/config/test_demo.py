"""The demo library: what a newcomer sees on the first start, and that it is all of a piece."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient
from stdnum import isbn

from bookplate.catalog.models import Book, Copy, State, Visibility
from bookplate.config import demo
from bookplate.core.models import Audience, Event
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import Group, Member, Profile, User
from bookplate.people.roles import Role

ROLES = {
    "admin": Role.ADMIN,
    "librarian": Role.LIBRARIAN,
    "assistant": Role.ASSISTANT,
    "alice": Role.MEMBER,
    "bob": Role.MEMBER,
    "carol": Role.MEMBER,
}


@pytest.fixture(scope="module")
def library(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[float]:
    """The demo, loaded once for all tests here; how many seconds of work it was."""
    with django_db_blocker.unblock(), transaction.atomic():
        began, began_work = time.perf_counter(), time.process_time()
        assert demo.load_if_empty() is True
        seconds, work = time.perf_counter() - began, time.process_time() - began_work
        print(f"The demo was loaded in {seconds:.2f} s ({work:.2f} s of this process's own work).")  # noqa: T201
        yield work
        transaction.set_rollback(True)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("library")]


def test_it_loads_in_under_five_seconds(library: float) -> None:
    # Its own work, because the machine that runs the tests does other things, too.
    assert library < 5


def test_the_books_are_many_and_of_many_languages() -> None:
    languages = set(Book.objects.values_list("language", flat=True))

    assert (Book.objects.count() >= 300, len(languages - {""}) >= 15) == (True, True)
    assert Book.objects.filter(isbn=None).count() >= 10
    assert Book.objects.filter(title="").count() == 0


def test_every_isbn_is_one() -> None:
    numbers = [number for number in Book.objects.values_list("isbn", flat=True) if number is not None]

    assert [number for number in numbers if not isbn.is_valid(number) or len(number) != 13] == []
    assert len(set(numbers)) == len(numbers) > 200


def test_no_year_lies_in_the_future_and_every_book_was_added_within_a_year() -> None:
    now = timezone.now()

    assert Book.objects.filter(published_year__gt=timezone.localdate().year).count() == 0
    assert Book.objects.filter(added_at__gt=now).count() == 0
    assert Book.objects.filter(added_at__lt=now - timedelta(days=366)).count() == 0


def test_every_book_has_a_copy_and_each_stands_somewhere() -> None:
    assert Book.objects.filter(copies=None).count() == 0
    assert Copy.objects.of_library().filter(shelfmark="").count() == 0


def test_loans_are_open_overdue_and_returned() -> None:
    now = timezone.now()
    kinds = [Loan.objects.open().overdue(), Loan.objects.open(), Loan.objects.exclude(returned_at=None)]

    assert [kind.count() >= at_least for kind, at_least in zip(kinds, (3, 20, 5), strict=True)] == [True] * 3
    assert Loan.objects.overdue().filter(member__user__username="alice").count() == 1
    for loan in Loan.objects.all():
        assert loan.lent_at < loan.due_at
        assert loan.lent_at <= (loan.returned_at or now) <= timezone.now()


def test_holds_wait_and_one_is_ready() -> None:
    states = list(Hold.objects.order_by("state").values_list("state", flat=True))

    assert states == [HoldState.READY, HoldState.WAITING, HoldState.WAITING]
    assert Hold.objects.filter(state=HoldState.READY, ready_until__gt=timezone.now()).count() == 1


def test_every_state_is_what_loans_and_holds_say() -> None:
    out = set(Loan.objects.open().values_list("copy", flat=True))
    held = set(Hold.objects.filter(state=HoldState.READY).values_list("copy", flat=True))
    said = {
        copy.pk: State.ON_LOAN if copy.pk in out else State.HELD if copy.pk in held else State.IN
        for copy in Copy.objects.all()
    }

    assert dict(Copy.objects.values_list("pk", "state")) == said
    assert out & held == set()
    # Whoever waits, waits for something that is out.
    for hold in Hold.objects.waiting():
        assert hold.book.copies.of_library().available().count() == 0


@pytest.mark.parametrize("name", ROLES)
def test_each_sign_in_works(name: str) -> None:
    client = APIClient()
    tokens = client.post("/api/token/", {"username": name, "password": "bookplate-demo"}).json()
    me = client.get("/api/users/me/", headers={"Authorization": f"Bearer {tokens['access']}"}).json()

    assert (me["username"], me["role"], me["card"]) == (name, ROLES[name], User.objects.get(username=name).member.card)


def test_nobody_else_can_sign_in() -> None:
    assert set(User.objects.values_list("username", flat=True)) == set(demo.SIGN_INS) == set(ROLES)
    assert Profile.objects.count() == User.objects.count()
    assert Member.objects.filter(user=None).count() >= 20


def test_there_are_friends_groups_and_shelves_of_ones_own() -> None:
    alice, bob, carol = (User.objects.get(username=name) for name in ("alice", "bob", "carol"))

    assert (list(alice.friends.all()), list(carol.friends.all()), alice.group) == ([carol], [alice], bob.group)
    assert Group.objects.count() == 3
    shown = {user: set(user.copies.values_list("visibility", flat=True)) for user in (alice, bob, carol)}
    assert shown == {alice: {Visibility.FRIENDS}, bob: {Visibility.GROUP}, carol: {Visibility.OWNER}}
    theirs = Copy.objects.filter(barcode="CAROL1")
    assert [theirs.visible_to(user).count() for user in (alice, bob, carol)] == [0, 0, 1]


def test_what_happened_is_told_to_the_public_as_far_as_it_is_public() -> None:
    events = Event.objects.filter(type__in=["loan.opened", "loan.closed"])

    assert set(events.values_list("audience", flat=True)) == {Audience.PUBLIC}
    assert Event.objects.filter(type="loan.opened").count() == Loan.objects.count()


def test_it_counts_as_loaded_until_every_known_password_is_gone() -> None:
    assert demo.is_loaded() is True
    User.objects.exclude(username="carol").update(password=make_password("another-good-password"))
    assert demo.is_loaded() is True
    User.objects.filter(username="carol").update(is_active=False)
    assert demo.is_loaded() is False


def test_it_is_not_loaded_twice() -> None:
    before = Book.objects.count(), Loan.objects.count()

    assert demo.load_if_empty() is False
    with pytest.raises(CommandError) as refused:
        call_command("demo")
    assert str(refused.value).startswith("This library is not empty, so the demo was not loaded.")
    assert (Book.objects.count(), Loan.objects.count()) == before
