"""Signing in over the API: every token stands for a sign-in that can end (G1, G3 to G5)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from bookplate.api.tokens import LONGEST_TOKEN
from bookplate.catalog.models import Book
from bookplate.people import sessions
from bookplate.people.models import Session, User
from tests.cast import PASSWORD, signed_in
from tests.forgeries import FORGERIES, forged

pytestmark = pytest.mark.django_db


def sign_in(username: str = "alice", password: str = PASSWORD) -> dict[str, str]:
    answer = APIClient().post("/api/token/", {"username": username, "password": password})
    assert answer.status_code == 200, answer.content
    pair: dict[str, str] = answer.json()
    return pair


def me(access: str) -> int:
    return APIClient().get("/api/users/me/", headers={"Authorization": f"Bearer {access}"}).status_code


def refresh(token: str) -> tuple[int, dict[str, str]]:
    answer = APIClient().post("/api/token/refresh/", {"refresh": token})
    return answer.status_code, answer.json()


def verify(token: str) -> int:
    return APIClient().post("/api/token/verify/", {"token": token}).status_code


def test_signing_in_gives_a_pair_that_works(alice: User) -> None:
    pair = sign_in()

    assert sorted(pair) == ["access", "refresh"]
    assert (me(pair["access"]), verify(pair["access"]), verify(pair["refresh"])) == (200, 200, 200)


def test_the_name_may_be_written_in_any_case(alice: User) -> None:
    assert me(sign_in("Alice")["access"]) == 200


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(alice: User) -> None:
    answers = [
        APIClient().post("/api/token/", {"username": name, "password": "wrong"})
        for name in ("alice", "nobody-like-this")
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["WWW-Authenticate"].startswith("Bearer")


def test_a_disabled_account_cannot_sign_in_and_its_tokens_end(alice: User) -> None:
    pair = sign_in()
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert APIClient().post("/api/token/", {"username": "alice", "password": PASSWORD}).status_code == 401
    assert (me(pair["access"]), refresh(pair["refresh"])[0], verify(pair["access"])) == (401, 401, 401)


def test_a_deleted_account_is_a_401(alice: User) -> None:
    pair = sign_in()
    alice.member.delete()
    alice.delete()

    assert (me(pair["access"]), refresh(pair["refresh"])[0], verify(pair["refresh"])) == (401, 401, 401)


def test_a_refresh_token_works_once_and_reuse_ends_the_sign_in(alice: User) -> None:
    first, elsewhere = sign_in(), sign_in()
    status, second = refresh(first["refresh"])
    assert (status, me(second["access"])) == (200, 200)

    assert refresh(first["refresh"])[0] == 401
    assert (me(second["access"]), refresh(second["refresh"])[0]) == (401, 401)
    assert me(elsewhere["access"]) == 200


@pytest.mark.django_db(transaction=True)
def test_of_twenty_refreshes_at_once_one_succeeds(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    token, living, all_have_looked = sign_in()["refresh"], sessions._living, Barrier(20)

    def wait_for_all(claims: dict[str, Any]) -> Session | None:
        found = living(claims)
        all_have_looked.wait(30)
        return found

    monkeypatch.setattr(sessions, "_living", wait_for_all)

    def use(_: int) -> int:
        try:
            return refresh(token)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(use, range(20)))

    assert sorted(statuses) == [200] + [401] * 19
    assert Session.objects.get().ended_at is not None


@pytest.mark.parametrize("named_by", ["header", "body"])
def test_sign_out_ends_both_tokens(alice: User, named_by: str) -> None:
    pair, elsewhere = sign_in(), sign_in()
    if named_by == "header":
        answer = APIClient().post("/api/token/revoke/", {}, headers={"Authorization": f"Bearer {pair['access']}"})
    else:
        answer = APIClient().post("/api/token/revoke/", {"refresh": pair["refresh"]})

    assert (answer.status_code, answer.content) == (204, b"")
    assert (me(pair["access"]), refresh(pair["refresh"])[0], verify(pair["access"])) == (401, 401, 401)
    assert me(elsewhere["access"]) == 200


def test_an_expired_header_does_not_stop_a_refresh(alice: User) -> None:
    pair = sign_in()
    answer = APIClient().post(
        "/api/token/refresh/", {"refresh": pair["refresh"]}, headers={"Authorization": "Bearer x.y.z"}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_token_is_a_401(alice: User, how: str) -> None:
    pair = sign_in()
    access, other = (forged(pair[kind], how, settings.SECRET_KEY) for kind in ("access", "refresh"))

    assert (me(access), refresh(access)[0]) == (401, 401 if len(access) < LONGEST_TOKEN else 400)
    assert (verify(access), refresh(other)[0]) == (refresh(access)[0], refresh(access)[0])
    assert (me(pair["access"]), refresh(pair["refresh"])[0]) == (200, 200)


def test_a_refresh_token_is_no_access_token_nor_the_other_way_round(alice: User) -> None:
    pair = sign_in()

    assert (me(pair["refresh"]), refresh(pair["access"])[0], me(pair["access"])) == (401, 401, 200)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
def test_a_header_without_a_token_is_nobody(alice: User, header: str) -> None:
    assert APIClient().get("/api/users/me/", headers={"Authorization": header}).status_code == 401


def test_me_says_who_one_is(alice: User) -> None:
    answer = APIClient().get("/api/users/me/", headers={"Authorization": f"Bearer {sign_in()['access']}"})

    assert answer.json() == {
        "id": alice.pk,
        "username": "alice",
        "email": "alice@example.org",
        "role": "member",
        "group": "Everyone",
        "info": "",
        "visibility": "group",
        "card": "card-alice",
    }


def test_reading_editions_believes_a_sign_in_for_a_second_and_nothing_else_does(
    alice: User, book: Book, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, one = signed_in(alice), f"/api/books/{book.pk}/"
    client.get(one)
    with django_assert_num_queries(1):
        assert client.get(one).status_code == 200
    with django_assert_num_queries(2):
        client.get("/api/books/?available=true")
    Session.objects.update(ended_at=timezone.now())  # as another process does
    answers = [client.get(address).status_code for address in (one, "/api/books/?available=true", "/api/users/me/")]
    monkeypatch.setattr(sessions, "BELIEVED_SECONDS", 0)

    assert (answers, client.get(one).status_code) == ([200, 401, 401], 401)


def test_a_sign_in_that_is_ended_here_is_believed_no_longer(alice: User, book: Book) -> None:
    client, one = signed_in(alice), f"/api/books/{book.pk}/"
    assert client.get(one).status_code == 200
    sessions.end_all(alice)

    assert client.get(one).status_code == 401
