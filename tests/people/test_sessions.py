"""A sign-in ends when it should, whichever door ends it (G4); the others live on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone
from rest_framework.test import APIClient

from bookplate.people import page_sessions, sessions
from bookplate.people.models import Session, User
from tests.cast import PASSWORD, signed_in

pytestmark = pytest.mark.django_db
OTHER = "another-password-of-alice"


@pytest.fixture
def app(alice: User) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"})
    assert client.post("/sign-in/", {"username": "alice", "password": PASSWORD}).status_code == 302
    return client


def answers(app: APIClient, browser: Client) -> tuple[int, int]:
    return app.get("/api/users/me/").status_code, browser.get("/my/loans/").status_code


BOTH, NONE = (200, 200), (401, 302)


def by_orm(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(password=make_password(OTHER))


def by_command(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt="": OTHER)
    call_command("changepassword", "alice")


def by_disabling(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)


def by_ending_all(alice: User) -> None:
    sessions.end_all(alice)


def by_deletion(alice: User) -> None:
    alice.member.delete()
    alice.delete()


@pytest.mark.parametrize("end", [by_orm, by_disabling, by_ending_all, by_deletion])
def test_what_ends_every_sign_in(end: Callable[[User], None], app: APIClient, browser: Client, alice: User) -> None:
    assert answers(app, browser) == BOTH
    end(alice)

    assert answers(app, browser) == NONE


def test_a_password_changed_on_the_command_line_ends_every_sign_in(
    app: APIClient, browser: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_command(alice, monkeypatch)

    assert answers(app, browser) == NONE


def test_of_others_nothing_ends(app: APIClient, browser: Client, alice: User, bob: User) -> None:
    others = signed_in(bob)
    sessions.end_all(alice)

    assert others.get("/api/users/me/").status_code == 200


def test_a_refresh_token_does_not_outlive_its_password(alice: User) -> None:
    pair = sessions.open(alice)
    by_orm(alice)

    assert APIClient().post("/api/token/refresh/", {"refresh": pair.refresh}).status_code == 401
    assert APIClient().post("/api/token/verify/", {"token": pair.refresh}).status_code == 401


def test_the_app_that_changes_the_password_stays_signed_in(app: APIClient, browser: Client, alice: User) -> None:
    kept = Session.objects.exclude(refresh_id="").get()
    alice.set_password(OTHER)
    alice.save()
    sessions.end_all(alice, keep=kept)

    assert answers(app, browser) == (200, 302)


def test_the_browser_that_changes_the_password_stays_signed_in(app: APIClient, browser: Client, alice: User) -> None:
    request = RequestFactory().get("/")
    request.session, request.user = browser.session, alice
    alice.set_password(OTHER)
    alice.save()
    update_session_auth_hash(request, alice)
    request.session.save()
    browser.cookies["sessionid"] = str(request.session.session_key)
    sessions.end_all(alice, keep=page_sessions.of(request.session))

    assert answers(app, browser) == (401, 200)


def test_sign_out_of_a_browser_ends_its_row_alone(app: APIClient, browser: Client) -> None:
    browser.post("/sign-out/")

    assert answers(app, browser) == (200, 302)
    assert [s.ended_at is None for s in Session.objects.order_by("id")] == [True, False]


def test_a_browser_that_signs_in_again_leaves_no_sign_in_behind(browser: Client, alice: User) -> None:
    browser.force_login(alice)

    assert Session.objects.live().count() == 1


def test_own_sign_ins_are_listed_and_ended(app: APIClient, browser: Client, bob: User) -> None:
    listed = app.get("/api/users/me/sessions/").json()

    assert [(one["device"], one["of_page"], one["current"]) for one in listed] == [
        ("Firefox on Linux", True, False),
        ("a", False, True),
    ]
    address = f"/api/users/me/sessions/{listed[0]['id']}/"
    assert signed_in(bob).delete(address).status_code == 404
    assert [app.delete(address).status_code, app.delete(address).status_code] == [204, 404]
    assert answers(app, browser) == (200, 302)


def test_all_others_are_ended_from_the_app(app: APIClient, browser: Client) -> None:
    assert app.delete("/api/users/me/sessions/").status_code == 204
    assert answers(app, browser) == (200, 302)


def test_all_others_are_ended_from_the_page(app: APIClient, browser: Client) -> None:
    browser.post("/account/sign-ins/end-others/")

    assert answers(app, browser) == (401, 200)


def test_one_is_ended_from_the_page(app: APIClient, browser: Client) -> None:
    number = Session.objects.exclude(refresh_id="").get().pk
    text = browser.get("/account/sign-ins/").text
    assert ("Firefox on Linux" in text, "this browser" in text) == (True, True)
    browser.post(f"/account/sign-ins/{number}/end/")

    assert answers(app, browser) == (401, 200)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_is_two_queries(alice: User, rows: int, django_assert_num_queries: Any) -> None:
    client = signed_in(alice)
    Session.objects.bulk_create([Session(user=alice, refresh_id="x") for _ in range(rows)])

    with django_assert_num_queries(2):
        assert len(client.get("/api/users/me/sessions/").json()) == rows + 1


def test_one_that_ran_out_is_not_listed(app: APIClient) -> None:
    Session.objects.create(user=User.objects.get(), refresh_id="x", last_used_at=timezone.now() - timedelta(days=31))

    assert len(app.get("/api/users/me/sessions/").json()) == 1


def test_last_used_is_written_once_a_minute(app: APIClient, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        app.get("/api/users/me/")
    before = timezone.now() - timedelta(seconds=61)
    Session.objects.update(last_used_at=before)

    with django_assert_num_queries(3):
        app.get("/api/users/me/")
    with django_assert_num_queries(2):
        app.get("/api/users/me/")
    assert Session.objects.get().last_used_at > before
