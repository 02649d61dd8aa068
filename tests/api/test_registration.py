"""Getting an account: who may, what comes with it, and that an invitation opens one account once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from bookplate.core.models import Event
from bookplate.people import invitations
from bookplate.people.invitations import Offer
from bookplate.people.models import Group, Invitation, Member, User
from bookplate.people.models.invitations import token_hash
from bookplate.people.roles import Role
from tests.api.test_races import at_once, statuses
from tests.cast import Posted, signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "three words of a sentence"
DORA = {"username": "dora", "email": "dora@example.org", "password": PASSWORD, "firstname": "Dora", "lastname": "Ek"}


def register(**changes: Any) -> Any:
    return APIClient().post("/api/register/", DORA | changes)


def token_of(by: User, role: Role = Role.MEMBER, group: Group | None = None) -> str:
    return invitations.make(Offer(role, group), by=by, site="")[1].split("/")[-2]


@pytest.fixture
def is_open(settings: Any) -> None:
    settings.REGISTRATION = "open"


def test_an_account_comes_with_its_profile_group_and_card(is_open: None) -> None:
    answer = register()

    dora = User.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": dora.pk,
        "username": "dora",
        "email": "dora@example.org",
        "role": "member",
        "group": "Everyone",
        "info": "",
        "visibility": "group",
        "card": dora.member.card,
    }
    assert (str(dora.member), dora.profile.info) == ("Dora Ek", "")
    assert identify_hasher(dora.password).algorithm == "argon2"
    told = [(event.type, event.audience, event.user, event.member) for event in Event.objects.all()]
    card = dora.member.pk
    assert told == [("member.added", "staff", dora.pk, card), ("account.registered", "staff", dora.pk, card)]


def test_one_can_sign_in_afterwards(is_open: None) -> None:
    register()

    answer = APIClient().post("/api/token/", {"username": "dora", "password": PASSWORD})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("setting", "detail"),
    [
        ("closed", "Nobody can register here. Ask at the library's desk for an account."),
        ("invitation", "An account is made by invitation. Ask the library for a link."),
    ],
)
def test_a_library_that_is_not_open_says_so(settings: Any, setting: str, detail: str) -> None:
    settings.REGISTRATION = setting
    answer = register()

    assert (answer.status_code, answer.json()["type"], answer.json()["detail"]) == (
        403,
        "/api/problems/registration-closed",
        detail,
    )
    assert User.objects.count() == 0


def test_a_closed_library_says_so_before_it_looks_at_the_fields() -> None:
    bodies: list[Any] = [{}, [], "x"]

    assert [APIClient().post("/api/register/", body).status_code for body in bodies] == [403, 403, 403]


def test_an_invitation_opens_nothing_once_registration_is_closed(settings: Any, librarian: User) -> None:
    token = token_of(librarian)
    settings.REGISTRATION = "closed"

    assert register(invitation=token).status_code == 403
    answer = signed_in(librarian).post("/api/invitations/", {})
    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/nobody-can-join")


WRONG: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "a taken name": ({"username": "alice"}, {"username": ["This username is taken."]}),
    "a taken name in another case": ({"username": "ALICE"}, {"username": ["This username is taken."]}),
    "a name with blanks": (
        {"username": "a b"},
        {
            "username": [
                "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
            ]
        },
    ),
    "no mail address": ({"email": "dora"}, {"email": ["Enter a valid email address."]}),
    "a common password": ({"password": "password123"}, {"password": ["This password is too common."]}),
    "the name as password": (
        {"username": "theodora-the-first", "password": "theodora-the-first"},
        {"password": ["The password is too similar to the username."]},
    ),
    "no first name": ({"firstname": ""}, {"firstname": ["This field may not be blank."]}),
    "all at once": (
        {"username": "alice", "password": "short"},
        {
            "username": ["This username is taken."],
            "password": ["This password is too short. It must contain at least 8 characters."],
        },
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(is_open: None, alice: User, what: str) -> None:
    changes, errors = WRONG[what]
    answer = register(**changes)

    assert (answer.status_code, answer.json()["type"]) == (400, "/api/problems/invalid")
    assert answer.json()["errors"] == errors
    assert User.objects.count() == 1


def test_who_has_an_address_is_not_told(is_open: None, alice: User) -> None:
    """A household may share one, so a known address is no fault, and nobody learns that it is known."""
    assert register(email=alice.email).status_code == 201


def test_nothing_more_can_be_written(is_open: None) -> None:
    register(role="admin", id=77, card="C1", is_staff=True, is_active=False, group="Team")

    dora = User.objects.get()
    assert (dora.role, dora.group.name, dora.is_active) == ("member", "Everyone", True)
    assert (dora.pk != 77, dora.member.card != "C1") == (True, True)


def test_an_invitation_gives_its_role_and_group(admin: User) -> None:
    circle = Group.objects.create(name="Reading circle")
    answer = register(invitation=token_of(admin, Role.ASSISTANT, circle))

    assert (answer.status_code, answer.json()["role"], answer.json()["group"]) == (201, "assistant", "Reading circle")
    used = Invitation.objects.get()
    assert (used.used_by, used.used_at is not None) == (User.objects.get(username="dora"), True)


def test_an_invitation_works_once(librarian: User) -> None:
    token = token_of(librarian)
    answers = [register(invitation=token, username=name) for name in ("dora", "emil")]

    assert [answer.status_code for answer in answers] == [201, 400]
    assert answers[1].json()["errors"] == {"invitation": [invitations.OVER]}
    assert User.objects.filter(username="emil").exists() is False


def test_a_failed_try_does_not_use_it_up(librarian: User) -> None:
    token = token_of(librarian)

    assert [register(invitation=token, password=word).status_code for word in ("x", PASSWORD)] == [400, 201]


ENDS: dict[str, Callable[[Invitation, User], Any]] = {
    "expired": lambda invitation, maker: Invitation.objects.update(expires_at=timezone.now()),
    "withdrawn": lambda invitation, maker: invitations.withdraw(invitation),
    "maker demoted": lambda invitation, maker: User.objects.filter(pk=maker.pk).update(role="member"),
    "maker disabled": lambda invitation, maker: User.objects.filter(pk=maker.pk).update(is_active=False),
    "maker gone": lambda invitation, maker: (maker.member.delete(), maker.delete()),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_invitation_that_is_over_is_as_one_that_never_was(librarian: User, end: str) -> None:
    token = token_of(librarian)
    ENDS[end](Invitation.objects.get(), librarian)
    answers = [register(invitation=text) for text in (token, "never-was", "")]

    assert [answer.status_code for answer in answers] == [400, 400, 403]
    assert answers[0].content == answers[1].content


def test_a_librarians_invitation_dies_with_the_right_to_give_its_role(admin: User) -> None:
    token = token_of(admin, Role.LIBRARIAN)
    User.objects.filter(pk=admin.pk).update(role=Role.LIBRARIAN)

    assert register(invitation=token).status_code == 400


def test_the_link_is_told_once_and_only_its_hash_is_kept(librarian: User, settings: Any) -> None:
    settings.PUBLIC_URL = "https://library.example.org"
    client = signed_in(librarian)
    made = client.post("/api/invitations/", {"days": 3}, headers={"Host": "127.0.0.1"})
    kept = Invitation.objects.get()

    assert made.status_code == 201
    token = made.json()["token"]
    assert made.json()["link"] == f"https://library.example.org/register/{token}/"
    assert (kept.token_hash, kept.made_by) == (token_hash(token), librarian)
    assert timedelta(days=2.9) < kept.expires_at - timezone.now() <= timedelta(days=3)
    shown = client.get("/api/invitations/").json()
    assert [sorted(row) for row in shown] == [
        ["email", "expires_at", "group", "id", "made_at", "made_by", "role"],
    ]
    assert [client.get(made.headers["Location"]).json()] == shown
    assert [(event.type, event.by, token in event.note) for event in Event.objects.all()] == [
        ("invitation.made", librarian.pk, False)
    ]


def test_an_invitation_is_mailed_to_the_address_it_has(librarian: User, posted: Posted) -> None:
    client = signed_in(librarian)
    answer, [mail] = posted(lambda: client.post("/api/invitations/", {"email": "dora@example.org"}))
    token = answer.json()["token"]

    assert (mail.to, f"http://testserver/register/{token}/" in mail.body) == (["dora@example.org"], True)
    register(invitation=token)
    assert Invitation.objects.get().email == ""


@pytest.mark.parametrize("role", ["assistant", "librarian", "admin"])
def test_a_librarian_invites_members_only(librarian: User, admin: User, role: str) -> None:
    refused = signed_in(librarian).post("/api/invitations/", {"role": role})

    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["role"])
    assert signed_in(admin).post("/api/invitations/", {"role": role}).status_code == 201


def test_a_librarian_sees_and_withdraws_those_for_members_only(librarian: User, admin: User) -> None:
    mine, _ = invitations.make(Offer(), by=admin, site="")
    theirs, _ = invitations.make(Offer(Role.ADMIN), by=admin, site="")
    client = signed_in(librarian)

    assert [row["id"] for row in client.get("/api/invitations/").json()] == [mine.pk]
    answers = [client.delete(f"/api/invitations/{number}/").status_code for number in (theirs.pk, mine.pk, mine.pk)]
    assert answers == [404, 204, 404]
    assert [row["id"] for row in signed_in(admin).get("/api/invitations/").json()] == [theirs.pk]


def test_used_ones_are_not_listed_nor_withdrawn(librarian: User) -> None:
    register(invitation=token_of(librarian))
    client = signed_in(librarian)

    assert client.get("/api/invitations/").json() == []
    assert client.delete(f"/api/invitations/{Invitation.objects.get().pk}/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_is_one_query(librarian: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(rows):
        token_of(librarian)
    client = signed_in(librarian)
    with django_assert_num_queries(2):
        assert len(client.get("/api/invitations/").json()) == rows


@pytest.mark.django_db(transaction=True)
def test_of_many_with_one_link_at_once_one_gets_in(librarian: User) -> None:
    token = token_of(librarian)
    names = [f"dora{number}" for number in range(4)]
    answers = at_once(*[lambda name=name: register(invitation=token, username=name) for name in names])

    assert statuses(answers) == [201, 400, 400, 400]
    assert {tuple(answer.json()["errors"]) for answer in answers if answer.status_code == 400} == {("invitation",)}
    assert (User.objects.count(), Member.objects.count()) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_of_many_with_one_name_at_once_one_gets_it(is_open: None) -> None:
    names = ["dora", "Dora", "DORA", "dora"]
    answers = at_once(*[lambda name=name: register(username=name) for name in names])

    assert statuses(answers) == [201, 400, 400, 400]
    told = [answer.json()["errors"] for answer in answers if answer.status_code == 400]
    assert told == [{"username": ["This username is taken."]}] * 3
    assert (User.objects.count(), Member.objects.count()) == (1, 1)
