"""What the ORM promises about people: profile, group, card, friends, and what cannot be stored or removed."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client
from stdnum import luhn

from bookplate.catalog.models import Book, Copy
from bookplate.lending.models import Loan
from bookplate.people.models import Group, Member, Profile, Session, User
from bookplate.people.roles import Role
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

WAYS: dict[str, Callable[[], object]] = {
    "create_user": lambda: User.objects.create_user("dora", "dora@example.org", PASSWORD),
    "create_superuser": lambda: User.objects.create_superuser("dora", "dora@example.org", PASSWORD),
    "create": lambda: User.objects.create(username="dora"),
    "bulk_create": lambda: User.objects.bulk_create([User(username="dora"), User(username="emil")]),
    "get_or_create": lambda: User.objects.get_or_create(username="dora"),
    "update_or_create": lambda: User.objects.update_or_create(username="dora", defaults={"email": "d@example.org"}),
    "in a group": lambda: Group.objects.default().users.create(username="dora"),
    "createsuperuser": lambda: call_command(
        "createsuperuser", "--noinput", "--username=dora", "--email=dora@example.org", verbosity=0
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_making_a_user_makes_the_profile_and_the_group(way: str) -> None:
    WAYS[way]()

    dora = User.objects.get(username="dora")
    assert (dora.profile.info, dora.group.name) == ("", "Everyone")
    assert Profile.objects.count() == User.objects.count()
    assert Group.objects.count() == 1


def test_a_group_that_was_given_stays() -> None:
    circle = Group.objects.create(name="Reading circle")
    User.objects.create(username="dora", group=circle)
    User.objects.create(username="emil", group_id=circle.pk)
    User.objects.bulk_create([User(username="frida", group=circle), User(username="gero")])

    groups = dict(User.objects.values_list("username", "group__name"))
    assert groups == dict.fromkeys(("dora", "emil", "frida"), "Reading circle") | {"gero": "Everyone"}


def test_get_or_create_makes_nobody_twice() -> None:
    made = [User.objects.get_or_create(username="dora") for _ in range(2)]

    assert [new for _, new in made] == [True, False]
    assert (User.objects.count(), Profile.objects.count()) == (1, 1)


def test_a_failed_user_leaves_no_group_behind(alice: User) -> None:
    Group.objects.filter(name="Everyone").update(name="All")
    with pytest.raises(IntegrityError):
        User.objects.create(username="alice")

    assert list(Group.objects.values_list("name", flat=True)) == ["All"]


@pytest.mark.parametrize(
    ("role", "staff", "superuser"),
    [
        (Role.MEMBER, False, False),
        (Role.ASSISTANT, False, False),
        (Role.LIBRARIAN, True, False),
        (Role.ADMIN, True, True),
    ],
)
def test_what_djangos_admin_asks_follows_from_the_role(role: Role, staff: bool, superuser: bool) -> None:
    user = User.objects.create(username="dora", role=role)
    assert (user.is_staff, user.is_superuser, user.has_perm("people.change_user")) == (staff, superuser, superuser)
    user.is_active = False
    assert (user.is_staff, user.is_superuser, user.has_perm("catalog.change_book")) == (False, False, False)


def test_the_superuser_of_the_command_is_an_admin_who_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", "--username=Dora", "--email=dora@example.org", verbosity=0)

    client = Client()
    assert client.login(username="dora", password=PASSWORD) is True
    assert (client.get("/admin/").status_code, User.objects.get().role) == (200, Role.ADMIN)


def test_a_name_and_two_words_alone_get_a_card() -> None:
    members = [Member(firstname="Dora", lastname="Okafor") for _ in range(3)]
    members[0].save()
    Member.objects.bulk_create(members[1:])

    cards = list(Member.objects.values_list("card", flat=True))
    assert (len(set(cards)), {len(card) for card in cards}, all(map(luhn.is_valid, cards))) == (3, {12}, True)
    assert [member.user for member in Member.objects.all()] == [None, None, None]
    assert str(members[0]) == "Dora Okafor"


def test_friendship_is_mutual_from_its_start_to_its_end(alice: User, bob: User, carol: User) -> None:
    alice.friends.add(bob)
    carol.friends.set([alice])
    assert (set(alice.friends.all()), list(bob.friends.all())) == ({bob, carol}, [alice])

    bob.friends.remove(alice)
    assert (list(alice.friends.all()), list(bob.friends.all()), list(carol.friends.all())) == ([carol], [], [alice])


def test_the_reverse_of_every_relation(alice: User, bob: User, carol: User) -> None:
    assert list(Group.objects.get(name="Everyone").users.all()) == [alice, bob]
    assert (alice.profile.user, alice.member.user) == (alice, alice)


REFUSED: dict[str, Callable[[User], object]] = {
    "a name twice": lambda alice: User.objects.create(username="alice"),
    "a name in another case": lambda alice: User.objects.create(username="ALICE"),
    "a name by update": lambda alice: User.objects.filter(username="bob").update(username="Alice"),
    "an unknown role": lambda alice: User.objects.create(username="dora", role="emperor"),
    "no group": lambda alice: User.objects.update(group=None),
    "two profiles": lambda alice: Profile.objects.create(user=alice),
    "two cards of one user": lambda alice: Member.objects.create(firstname="Alice", user=alice),
    "a card twice": lambda alice: Member.objects.create(firstname="Dora", card=alice.member.card),
    "an empty card": lambda alice: Member.objects.create(firstname="Dora", card=""),
    "an empty first name": lambda alice: Member.objects.create(firstname=""),
    "a group's name in another case": lambda alice: Group.objects.create(name="EVERYONE"),
    "a group without a name": lambda alice: Group.objects.create(name=""),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(alice: User, bob: User, what: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        REFUSED[what](alice)

    assert (User.objects.count(), Member.objects.count(), Group.objects.count()) == (2, 2, 1)


def test_a_form_hears_of_a_taken_name_in_any_case(alice: User) -> None:
    with pytest.raises(ValidationError) as refused:
        User(username="Alice", password="x", group=alice.group).full_clean()
    assert refused.value.messages == ["This username is taken."]

    with pytest.raises(ValidationError) as refused:
        Group(name="everyone").full_clean()
    assert refused.value.messages == ["There is a group with this name already."]


def test_a_users_profile_and_sign_ins_go_with_the_user(alice: User, bob: User) -> None:
    Session.objects.create(user=alice, refresh_id="x")
    bob.friends.add(alice)
    alice.member.delete()
    alice.delete()

    assert [profile.user for profile in Profile.objects.all()] == [bob]
    assert (Session.objects.count(), list(bob.friends.all())) == (0, [])


def test_who_lent_a_book_may_leave(copy: Copy, alice: User, librarian: User) -> None:
    loan = Loan.objects.create(copy=copy, member=alice.member, due_at=copy.added_at, lent_by=librarian)
    librarian.member.delete()
    librarian.delete()

    loan.refresh_from_db()
    assert loan.lent_by is None


KEPT: dict[str, Callable[[User, Loan], object]] = {
    "a user with a card": lambda alice, loan: User.objects.get(username="bob").delete(),
    "a user with books": lambda alice, loan: User.objects.get(username="owner").delete(),
    "a card with loans": lambda alice, loan: alice.member.delete(),
    "cards with loans at once": lambda alice, loan: Member.objects.all().delete(),
    "a group with users": lambda alice, loan: alice.group.delete(),
    "a group with books": lambda alice, loan: Group.objects.get(name="Household").delete(),
}


@pytest.mark.parametrize("what", KEPT)
def test_what_is_still_used_stays(alice: User, bob: User, loan: Loan, what: str) -> None:
    book = Book.objects.create(title="T")
    Copy.objects.create(book=book, owner=User.objects.create(username="owner"))
    Copy.objects.create(book=book, owner_group=Group.objects.create(name="Household"))

    with pytest.raises(ProtectedError):
        KEPT[what](alice, loan)

    assert [model.objects.count() for model in (User, Member, Group, Profile)] == [3, 2, 2, 3]
