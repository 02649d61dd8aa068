"""Changing and resetting a password; changing one's name and mail address."""

import re
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from rest_framework.test import APIClient

from bookplate.core.models import Event
from bookplate.people import accounts, passwords
from bookplate.people.models import User
from tests.api.test_races import at_once, statuses
from tests.cast import PASSWORD, Posted, signed_in

pytestmark = pytest.mark.django_db

NEW = "three words of a sentence"


def can_sign_in(password: str, username: str = "alice") -> bool:
    return APIClient().post("/api/token/", {"username": username, "password": password}).status_code == 200


def is_in(client: APIClient) -> bool:
    return client.get("/api/users/me/").status_code == 200


def ask(email: str, host: str = "testserver") -> Any:
    return APIClient().post("/api/password-reset/", {"email": email}, headers={"Host": host})


def confirm(uid: str, token: str, password: str = NEW) -> Any:
    return APIClient().post("/api/password-reset/confirm/", {"uid": uid, "token": token, "password": password})


def text(mail: EmailMessage) -> str:
    return str(mail.body)


def link_of(user: User) -> list[str]:
    return passwords.reset_link(user, "").split("/")[-3:-1]


def test_a_change_ends_all_sign_ins_but_the_one_that_asks(alice: User, posted: Posted) -> None:
    here, elsewhere = signed_in(alice), signed_in(alice)
    page = Client()
    page.force_login(alice)
    answer, [mail] = posted(lambda: here.post("/api/users/me/password/", {"old": PASSWORD, "new": NEW}))

    assert (answer.status_code, answer.content) == (204, b"")
    assert (is_in(here), is_in(elsewhere), page.get("/account/").status_code) == (True, False, 302)
    assert (can_sign_in(NEW), can_sign_in(PASSWORD)) == (True, False)
    assert (mail.to, NEW in text(mail)) == (["alice@example.org"], False)
    assert [(event.type, event.by, event.user) for event in Event.objects.all()] == [
        ("account.password-changed", alice.pk, alice.pk)
    ]


@pytest.mark.parametrize(
    ("old", "new", "errors"),
    [
        ("wrong", NEW, {"old": ["This is not your password."]}),
        (PASSWORD, "short", {"new": ["This password is too short. It must contain at least 8 characters."]}),
        (PASSWORD, "alice@example.org", {"new": ["The password is too similar to the mail address."]}),
    ],
)
def test_a_change_that_is_refused_changes_nothing(alice: User, old: str, new: str, errors: Any) -> None:
    here, elsewhere = signed_in(alice), signed_in(alice)
    answer = here.post("/api/users/me/password/", {"old": old, "new": new})

    assert (answer.status_code, answer.json()["errors"]) == (400, errors)
    assert (is_in(elsewhere), can_sign_in(PASSWORD)) == (True, True)


def test_a_known_and_an_unknown_address_get_the_same_answer(alice: User, posted: Posted) -> None:
    known, [mail] = posted(lambda: ask("Alice@example.org"))
    unknown, none = posted(lambda: ask("x@example.org"))

    assert (known.status_code, known.content, known.headers.items()) == (
        unknown.status_code,
        unknown.content,
        unknown.headers.items(),
    )
    assert (known.status_code, mail.to, none) == (204, ["alice@example.org"], [])


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_after_ten_links_to_one_mail_address_the_next_waits(alice: User, posted: Posted, email: str) -> None:
    answers, mails = posted(lambda: [ask(email) for _ in range(10)] + [ask(email.upper())])

    assert [answer.status_code for answer in answers] == [204] * 10 + [429]
    assert 50 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json() == {
        "type": "/api/problems/too-many-attempts",
        "title": "Too many attempts",
        "status": 429,
        "detail": "Too many requests for a link. Try again in 1 minute.",
    }
    assert len(mails) == (10 if email.startswith("alice") else 0)
    assert can_sign_in(PASSWORD) is True


def test_whoever_asks_for_many_mail_addresses_is_stopped(alice: User, settings: Any) -> None:
    settings.SIGN_IN_ATTEMPTS = 3
    answers = [ask(f"nobody-{number}@example.org").status_code for number in range(15)]

    assert (answers, ask("alice@example.org").status_code) == ([204] * 15, 429)


def test_the_mailed_link_sets_a_password_once_and_ends_all_sign_ins(alice: User, posted: Posted) -> None:
    client = signed_in(alice)
    page = Client()
    page.force_login(alice)
    _, [mail] = posted(lambda: ask("alice@example.org"))
    [(uid, token)] = re.findall(r"http://testserver/password/new/([^/]+)/([^/]+)/\n", text(mail))

    assert [confirm(uid, token).status_code for _ in range(2)] == [204, 400]
    assert (is_in(client), page.get("/account/").status_code) == (False, 302)
    assert (can_sign_in(NEW), can_sign_in(PASSWORD)) == (True, False)


def test_a_bad_password_does_not_use_the_link_up(alice: User) -> None:
    uid, token = link_of(alice)
    answer = confirm(uid, token, "short")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["password"])
    assert confirm(uid, token).status_code == 204


def test_any_link_that_is_not_good_gets_the_same_answer(alice: User, bob: User, settings: Any) -> None:
    uid, token = link_of(alice)
    bobs, _ = link_of(bob)
    tries = [(bobs, token), (uid, token[:-1]), (uid, "x"), ("x", token), ("", token), ("é", "é"), ("OTk5OTk", token)]
    answers = [confirm(uid or "-", token) for uid, token in tries]
    User.objects.filter(pk=alice.pk).update(is_active=False)
    answers.append(confirm(uid, token))
    User.objects.filter(pk=alice.pk).update(is_active=True)
    settings.PASSWORD_RESET_TIMEOUT = -1
    answers.append(confirm(uid, token))

    assert {(answer.status_code, answer.content) for answer in answers} == {(400, answers[0].content)}
    assert answers[0].json()["errors"] == {"token": [passwords.OVER]}


def test_one_mail_for_all_accounts_of_an_address_and_none_for_closed_ones(
    alice: User, bob: User, carol: User, posted: Posted
) -> None:
    User.objects.update(email="home@example.org")
    User.objects.filter(pk=carol.pk).update(is_active=False)
    _, [mail] = posted(lambda: ask("home@example.org"))

    assert re.findall(r"^(\w+):$", text(mail), re.MULTILINE) == ["alice", "bob"]
    uids = {uid: User.objects.get(username=name) for name, uid in re.findall(r"(\w+):\n.*/new/([^/]+)/", text(mail))}
    assert {link_of(user)[0] for user in uids.values()} == set(uids)


def test_an_address_that_only_looks_alike_gets_nothing(alice: User, posted: Posted) -> None:
    User.objects.filter(pk=alice.pk).update(email="mike@example.org")

    assert posted(lambda: ask("mıke@example.org"))[1] == []


def test_a_forged_host_makes_no_link(alice: User, posted: Posted) -> None:
    answer, mails = posted(lambda: ask(alice.email, host="evil.example"))

    assert (answer.status_code, mails) == (400, [])


def test_the_link_has_the_public_address(alice: User, posted: Posted, settings: Any) -> None:
    settings.PUBLIC_URL = "https://library.example.org"
    settings.ALLOWED_HOSTS = ["*"]
    _, [mail] = posted(lambda: ask(alice.email, host="evil.example"))

    assert ("https://library.example.org/password/new/" in text(mail), "evil" in text(mail)) == (True, False)


def test_whose_password_was_taken_away_gets_none_by_mail(alice: User, posted: Posted) -> None:
    passwords.set_by_admin(alice, None)

    assert posted(lambda: ask("alice@example.org"))[1] == []


def test_nobody_without_a_mail_address_is_found(alice: User, posted: Posted) -> None:
    User.objects.update(email="")

    assert posted(lambda: passwords.ask_reset("", "http://testserver"))[1] == []


@pytest.mark.django_db(transaction=True)
def test_of_many_uses_of_one_link_at_once_one_succeeds(alice: User) -> None:
    uid, token = link_of(alice)
    answers = at_once(*[lambda word=word: confirm(uid, token, word) for word in (NEW, NEW + "2", NEW + "3")])

    assert statuses(answers) == [204, 400, 400]


def change_me(user: User, **body: Any) -> Any:
    return signed_in(user).patch("/api/users/me/", body)


def test_a_name_is_changed_with_the_password(alice: User) -> None:
    answer = change_me(alice, username="alicia", password=PASSWORD)

    assert (answer.status_code, answer.json()["username"], answer.json()["card"]) == (200, "alicia", "card-alice")
    assert can_sign_in(PASSWORD, "alicia") is True
    assert [(event.type, event.user, event.note) for event in Event.objects.all()] == [
        ("account.renamed", alice.pk, "alice → alicia")
    ]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"username": "alicia"}, {"password": ["Another name or mail address needs your password."]}),
        ({"email": "a@example.net"}, {"password": ["Another name or mail address needs your password."]}),
        ({"username": "alicia", "password": "wrong"}, {"password": ["This is not your password."]}),
        ({"username": "Bob", "password": PASSWORD}, {"username": ["This username is taken."]}),
        ({"username": "bob", "password": PASSWORD}, {"username": ["This username is taken."]}),
        ({"email": "", "password": PASSWORD}, {"email": ["This field may not be blank."]}),
        ({"email": "a@b", "password": PASSWORD}, {"email": ["Enter a valid email address."]}),
    ],
)
def test_a_change_of_oneself_that_is_refused(alice: User, bob: User, body: Any, errors: Any) -> None:
    answer = change_me(alice, **body)

    assert (answer.status_code, answer.json()["errors"]) == (400, errors)
    alice.refresh_from_db()
    assert (alice.username, alice.email) == ("alice", "alice@example.org")


def test_ones_own_name_in_another_case(alice: User) -> None:
    assert change_me(alice, username="Alice", password=PASSWORD).json()["username"] == "Alice"


def test_nothing_else_about_oneself_is_written(alice: User) -> None:
    answer = change_me(alice, role="admin", id=9, is_active=False, group="Team", card="x")

    assert (answer.status_code, answer.json()["role"], answer.json()["id"]) == (200, "member", alice.pk)


def test_a_mail_address_counts_once_it_is_confirmed(alice: User, posted: Posted) -> None:
    answer, mails = posted(lambda: change_me(alice, email="new@example.org", password=PASSWORD))
    assert (answer.status_code, answer.json()["email"]) == (200, "alice@example.org")
    letters = {mail.to[0]: text(mail) for mail in mails}
    assert sorted(letters) == ["alice@example.org", "new@example.org"]
    [token] = re.findall(r"http://testserver/account/mail/([^/]+)/\n", letters["new@example.org"])
    assert token not in letters["alice@example.org"]

    accounts.confirm_address(token)

    alice.refresh_from_db()
    assert alice.email == "new@example.org"
    assert [(event.type, event.user) for event in Event.objects.all()] == [("account.mail-changed", alice.pk)]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_one_name_at_once_one_gets_it(alice: User, bob: User, carol: User) -> None:
    clients = [signed_in(user) for user in (alice, bob, carol)]
    body = {"username": "dora", "password": PASSWORD}
    answers = at_once(*[lambda client=client: client.patch("/api/users/me/", body) for client in clients])

    assert statuses(answers) == [200, 400, 400]
    told = [answer.json()["errors"] for answer in answers if answer.status_code == 400]
    assert told == [{"username": ["This username is taken."]}] * 2
