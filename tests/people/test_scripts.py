"""Tokens for scripts: as far as their scope and their maker's rights reach, until they end."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from bookplate.catalog.models import Book, Copy
from bookplate.people import administration, scripts
from bookplate.people.models import ScriptToken, User
from bookplate.people.roles import Role
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


def script(user: User, *scopes: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {scripts.make(user, 'a script', scopes, 30)[1]}")
    return client


def statuses(client: APIClient, copy: Copy, card: str) -> dict[str, int]:
    return {
        "read": client.get(f"/api/books/{copy.book_id}/").status_code,
        "me": client.get("/api/users/me/").status_code,
        "events": client.get("/api/events/").status_code,
        "add": client.post("/api/books/", {"title": "T"}).status_code,
        "lend": client.post("/api/loans/", {"copy": copy.barcode, "member": card}).status_code,
        "cards": client.get("/api/members/").status_code,
        "sign-ins": client.get("/api/users/me/sessions/").status_code,
        "tokens": client.post("/api/users/me/tokens/", {"name": "more", "scopes": ["read"]}).status_code,
        "accounts": client.get("/api/accounts/").status_code,
    }


READ = {"read": 200, "me": 200, "events": 200}
NOTHING = dict.fromkeys(["add", "lend", "cards", "sign-ins", "tokens", "accounts"], 403)


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (["read"], {}),
        (["desk"], {"lend": 201, "cards": 200}),
        (["catalogue"], {"add": 201}),
        (["desk", "catalogue"], {"add": 201, "lend": 201, "cards": 200}),
    ],
)
def test_a_scope_allows_what_it_names(
    scopes: list[str], allowed: dict[str, int], admin: User, copy: Copy, alice: User
) -> None:
    assert statuses(script(admin, *scopes), copy, alice.member.card) == READ | NOTHING | allowed


def test_a_refusal_names_the_scope(admin: User) -> None:
    problem = script(admin, "read").post("/api/books/", {"title": "T"}).json()

    assert (problem["status"], "scope" in problem["detail"]) == (403, True)


def test_it_may_never_do_what_its_maker_may_no_longer(librarian: User, book: Book) -> None:
    client = script(librarian, "catalogue")
    User.objects.filter(pk=librarian.pk).update(role=Role.MEMBER)

    assert client.post("/api/books/", {"title": "T"}).status_code == 403


def test_a_member_is_offered_reading_alone(alice: User) -> None:
    answer = signed_in(alice).post("/api/users/me/tokens/", {"name": "door", "scopes": ["desk"]})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["scopes"])
    assert not ScriptToken.objects.exists()


def end_by_page(token: ScriptToken, user: User) -> None:
    client = Client()
    client.force_login(user)
    client.post(f"/account/tokens/{token.pk}/end/")


def end_by_api(token: ScriptToken, user: User) -> None:
    signed_in(user).delete(f"/api/users/me/tokens/{token.pk}/")


def end_by_admin(token: ScriptToken, user: User) -> None:
    administration.end_sign_ins(user)


def end_by_password(token: ScriptToken, user: User) -> None:
    User.objects.filter(pk=user.pk).update(password=make_password("something-else"))


def end_by_disabling(token: ScriptToken, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def end_by_time(token: ScriptToken, user: User) -> None:
    ScriptToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("end", [end_by_page, end_by_api, end_by_admin, end_by_password, end_by_disabling, end_by_time])
def test_what_ends_it(end: Any, alice: User) -> None:
    client = script(alice, "read")
    assert client.get("/api/users/me/").status_code == 200
    end(ScriptToken.objects.get(), alice)

    assert client.get("/api/users/me/").status_code == 401
    assert client.get("/api/books/").status_code == 401


@pytest.mark.parametrize("text", ["", "x", "é", "x" * 10_000])
def test_a_made_up_token_is_a_401(alice: User, text: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer bookplate_{text}".encode())

    assert client.get("/api/users/me/").status_code == 401


def test_it_is_shown_once_and_kept_nowhere(alice: User) -> None:
    client = signed_in(alice)
    made = client.post("/api/users/me/tokens/", {"name": "door", "scopes": ["read"], "days": 30})
    listed = client.get("/api/users/me/tokens/").json()

    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    assert [sorted(one) for one in listed] == [
        ["created_at", "expires_at", "id", "last_used_at", "name", "scopes"],
    ]
    row = ScriptToken.objects.values().get()
    assert made.json()["token"] not in str(row)


def test_the_page_shows_it_once(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    made = client.post("/account/tokens/", {"name": "<b>door</b>", "scopes": ["read"], "days": 30}).text

    assert (scripts.PREFIX in made, scripts.PREFIX in client.get("/account/tokens/").text) == (True, False)
    assert "<b>door</b>" not in made


@pytest.mark.parametrize("days", [0, 367, "x"])
def test_a_wrong_length_is_named(alice: User, days: Any) -> None:
    answer = signed_in(alice).post("/api/users/me/tokens/", {"name": "door", "scopes": ["read"], "days": days})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["days"])


def test_there_is_an_end_to_tokens(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "MOST", 1)
    script(alice, "read")
    answer = signed_in(alice).post("/api/users/me/tokens/", {"name": "door", "scopes": ["read"]})

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/too-many-tokens")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_is_two_queries(alice: User, rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        script(alice, "read")
    client = signed_in(alice)

    with django_assert_num_queries(2):
        assert len(client.get("/api/users/me/tokens/").json()) == rows
