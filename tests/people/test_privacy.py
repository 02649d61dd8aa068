"""What is held about a person can be downloaded, erased, and is forgotten in time (G13)."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, State
from bookplate.core.models import Event, IdempotencyKey
from bookplate.feed import audit
from bookplate.lending import checkout, holds, requests, verify
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people import privacy, scripts, sessions
from bookplate.people.models import Group, Member, Session, User
from tests.cast import PASSWORD, signed_in

pytestmark = pytest.mark.django_db
NAME = "zaphod"
TRACES = [NAME, "Zaphod", "Beeblebrox", "zaphod@example.org", "card-zaphod", "192.0.2.42"]


@pytest.fixture
def zaphod(make_user: Callable[..., User], assistant: User, copy: Copy, alice: User) -> User:
    """Somebody who left traces wherever one can: a loan that is over, holds, copies, events, sign-ins."""
    user = make_user(NAME)
    Member.objects.filter(user=user).update(firstname="Zaphod", lastname="Beeblebrox")
    user.profile.info = "I am Zaphod Beeblebrox"
    user.profile.save()
    user.friends.add(alice)
    client, desk = signed_in(user), signed_in(assistant)
    lent = desk.post(
        "/api/loans/", {"copy": copy.barcode, "member": "card-zaphod"}, headers={"Idempotency-Key": "k"}
    ).json()
    client.post(f"/api/loans/{lent['id']}/renew/", REMOTE_ADDR="192.0.2.42")
    desk.post(f"/api/loans/{lent['id']}/return/")
    own = Copy.objects.create(book=copy.book, owner=user, barcode="own", shelfmark="under Zaphod's bed")
    once = Copy.objects.create(book=copy.book, owner=user, barcode="once", shelfmark="under Zaphod's bed")
    checkout.give_back(checkout.check_out(once, alice.member, by=assistant))
    holds.place(own.book, user.member)
    scripts.make(user, "Zaphod's script", ["read"], 30)
    return user


def everywhere(*traces: str) -> list[str]:
    """Every text of every table that holds one of `traces`."""
    return [
        f"{model.__name__}.{field.name}: {value}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.GenericIPAddressField)
        for value in model._default_manager.values_list(field.attname, flat=True)
        if any(trace in str(value) for trace in traces)
    ]


def test_the_search_for_traces_finds_them(zaphod: User) -> None:
    assert len(everywhere(*TRACES)) >= 8


def test_nothing_is_left_but_the_counts(zaphod: User, copy: Copy) -> None:
    answer = signed_in(zaphod).post("/api/users/me/erasure/", {"password": PASSWORD})

    assert answer.status_code == 204
    assert everywhere(*TRACES) == []
    assert [(loan.copy.barcode, loan.member is None) for loan in Loan.objects.order_by("id")] == [
        (copy.barcode, True),
        ("once", False),
    ]
    left = Copy.objects.exclude(pk=copy.pk).values_list("barcode", "state", "visibility", "owner")
    assert [tuple(map(str, row)) for row in left] == [("once", "withdrawn", "owner", "None")]
    assert Event.objects.filter(type="account.erased").values_list("by", "address").get() == (None, None)
    assert not Event.objects.filter(by=zaphod.pk).exists()


def test_friends_hear_that_the_friendship_is_over(zaphod: User, alice: User) -> None:
    privacy.erase(zaphod)

    assert list(Event.objects.filter(type="friend.ended").values_list("audience", "audience_of", "user")) == [
        ("user", alice.pk, None)
    ]


def test_a_hold_passes_to_the_next(zaphod: User, copy: Copy, bob: User) -> None:
    loan = checkout.check_out(copy, bob.member, by=None)
    checkout.give_back(loan)
    assert Hold.objects.get(member=zaphod.member).state == HoldState.READY
    holds.place(copy.book, bob.member)
    privacy.erase(zaphod)

    copy.refresh_from_db()
    assert (copy.state, Hold.objects.get().member, Hold.objects.get().state) == ("held", bob.member, "ready")


def test_who_has_books_is_not_erased(zaphod: User, copy: Copy) -> None:
    holds.cancel(Hold.objects.get())
    checkout.check_out(copy, zaphod.member, by=None)
    answer = signed_in(zaphod).post("/api/users/me/erasure/", {"password": PASSWORD})

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/still-borrowing")
    assert User.objects.filter(username=NAME).exists()


def test_whose_book_is_out_is_not_erased(zaphod: User, bob: User) -> None:
    holds.cancel(Hold.objects.get())
    checkout.check_out(Copy.objects.get(barcode="own"), bob.member, by=None)
    answer = signed_in(zaphod).post("/api/users/me/erasure/", {"password": PASSWORD})

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/still-lent")


@pytest.mark.parametrize("answer", [lambda hold: hold, requests.accept], ids=["asked", "accepted"])
def test_who_asked_for_their_book_is_told(zaphod: User, bob: User, answer: Callable[[Hold], Hold]) -> None:
    asked = requests.ask(Copy.objects.get(barcode="own"), bob.member)
    answer(asked)
    privacy.erase(zaphod)

    asked.refresh_from_db()
    assert (asked.state, asked.answer, str(asked.wanted)) == (HoldState.REFUSED, "It is not lent any more.", "own")
    assert Copy.objects.get(barcode="own").state == State.WITHDRAWN
    assert list(Event.objects.filter(type="hold.refused").values_list("audience", "audience_of")) == [("user", bob.pk)]
    assert list(verify.check()) == []


def test_the_last_admin_is_not_erased(admin: User) -> None:
    answer = signed_in(admin).post("/api/users/me/erasure/", {"password": PASSWORD})

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/last-admin")


def test_nobody_is_erased_by_another_at_their_desk(alice: User) -> None:
    answer = signed_in(alice).post("/api/users/me/erasure/", {"password": "wrong"})
    client = Client()
    client.force_login(alice)
    page = client.post("/account/privacy/", {"password": "wrong", "sure": "on"})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["password"])
    assert (page.status_code, "This is not your password." in page.text) == (400, True)
    assert User.objects.filter(pk=alice.pk).exists()


def test_on_the_page_it_takes_the_password_and_a_tick(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert client.post("/account/privacy/", {"password": PASSWORD}).status_code == 400
    client.post("/account/privacy/", {"password": PASSWORD, "sure": "on"})

    assert not User.objects.filter(pk=alice.pk).exists()
    assert client.get("/my/loans/").status_code == 302


def test_an_admin_erases_an_account(admin: User, zaphod: User) -> None:
    client = Client()
    client.force_login(admin)
    client.post(reverse("admin:people_user_delete", args=[zaphod.pk]), {"post": "yes"})

    assert everywhere(*TRACES) == []
    assert Event.objects.filter(type="account.erased").get().by == admin.pk


def test_everything_held_is_in_the_download(zaphod: User, copy: Copy) -> None:
    answer = signed_in(zaphod).get("/api/users/me/data/")
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    whole = json.loads(packed.read("bookplate.json"))

    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("application/zip", "no-store")
    assert {name: len(rows) for name, rows in whole.items() if name not in ("made_at", "events", "sign_ins")} == {
        "account": 1,
        "blocks": 0,
        "cards": 1,
        "copies": 2,
        "fillings": 0,
        "webhooks": 0,
        "friend_requests": 0,
        "friends": 1,
        "holds": 1,
        "imports": 0,
        "invitations": 0,
        "loans": 1,
        "reminder_choice": 0,
        "reminders": 0,
        "script_tokens": 1,
    }
    assert whole["account"][0]["profile__info"] == "I am Zaphod Beeblebrox"
    assert len(whole["events"]) >= 3
    tables = [f"{name}.csv" for name in whole if name != "made_at"]
    assert sorted(packed.namelist()) == sorted(["bookplate.json", *tables])
    assert next(csv.DictReader(io.StringIO(packed.read("loans.csv").decode())))["copy__barcode"] == copy.barcode


def test_no_cell_of_the_download_runs_in_a_spreadsheet(zaphod: User) -> None:
    Session.objects.create(user=zaphod, device="=HYPERLINK(1)")
    Session.objects.create(user=zaphod, device="＝1+1")
    packed = zipfile.ZipFile(io.BytesIO(privacy.archive(zaphod)))
    devices = {row["device"] for row in csv.DictReader(io.StringIO(packed.read("sign_ins.csv").decode()))}

    assert {"'=HYPERLINK(1)", "'＝1+1"} <= devices


def test_the_download_holds_nothing_of_others_and_no_secret(zaphod: User, bob: User) -> None:
    text = zipfile.ZipFile(io.BytesIO(privacy.archive(zaphod))).read("bookplate.json").decode()
    digest = zaphod.script_tokens.get().digest

    assert [secret for secret in ("bob", digest, zaphod.password, "stamp", "refresh_id") if secret in text] == []


def test_the_page_says_for_how_long(alice: User, settings: Any) -> None:
    settings.HISTORY_DAYS = 42
    client = Client()
    client.force_login(alice)

    assert "forgotten 42 days after you brought it back" in " ".join(client.get("/account/privacy/").text.split())
    assert client.get("/account/privacy/data.zip").headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(("days_ago", "known"), [(29, True), (31, False)])
def test_history_is_forgotten_in_time(settings: Any, zaphod: User, days_ago: int, known: bool, capsys: Any) -> None:
    settings.HISTORY_DAYS = 30
    then = timezone.now() - timedelta(days=days_ago)
    Loan.objects.filter(member=zaphod.member).update(returned_at=then)
    call_command("tidy")

    assert Loan.objects.filter(member=zaphod.member).exists() == known
    assert ("1 in lending" in capsys.readouterr().out) != known


def test_an_open_loan_is_never_forgotten(settings: Any, copy: Copy, bob: User) -> None:
    loan = checkout.check_out(copy, bob.member, by=None)
    Loan.objects.update(lent_at=timezone.now() - timedelta(days=4000))
    call_command("tidy")

    assert Loan.objects.get(pk=loan.pk).member == bob.member


def test_where_somebody_was_is_forgotten_in_time(settings: Any, zaphod: User) -> None:
    assert Event.objects.filter(address="192.0.2.42").exists()
    settings.HISTORY_DAYS = -1
    call_command("tidy")

    assert not Event.objects.exclude(address=None).exists()
    assert not Event.objects.filter(type__startswith="loan.").exclude(member=None).exists()


def test_what_somebody_borrowed_is_not_in_the_audit_either(settings: Any, zaphod: User) -> None:
    settings.HISTORY_DAYS = -1
    call_command("tidy")

    assert not Event.objects.filter(type="loan.renewed", by=zaphod.pk).exists()
    assert not Event.objects.filter(type__startswith="hold.").exclude(member=None).exists()


def test_what_erased_staff_did_stays_in_the_audit(assistant: User, admin: User, zaphod: User) -> None:
    privacy.erase(assistant)
    lines = audit.lines(audit.find(audit.Wanted(type="loan.opened")).order_by("id"))

    assert [line.who for line in lines][:1] == ["somebody who is gone"]


def test_old_sign_ins_and_keys_are_gone(zaphod: User) -> None:
    long_ago = timezone.now() - timedelta(days=91)
    kept = Session.objects.create(user=zaphod, refresh_id="kept")
    sessions.open(zaphod)
    Session.objects.exclude(pk=kept.pk).update(ended_at=long_ago)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=8))
    call_command("tidy")

    assert list(Session.objects.all()) == [kept]
    assert not IdempotencyKey.objects.exists()


def test_a_loan_without_its_borrower_is_shown_everywhere(zaphod: User, assistant: User, admin: User) -> None:
    loan = Loan.objects.get(member=zaphod.member)
    Loan.objects.filter(pk=loan.pk).update(member=None)
    client = Client()
    client.force_login(admin)

    assert signed_in(assistant).get(f"/api/loans/{loan.pk}/").json()["member"] is None
    assert signed_in(assistant).get("/api/loans/").status_code == 200
    assert client.get(reverse("admin:lending_loan_changelist")).status_code == 200
    assert client.get(f"/books/{loan.copy.book_id}/").status_code == 200


def test_groups_stay(zaphod: User) -> None:
    group = zaphod.group
    privacy.erase(zaphod)

    assert Group.objects.filter(pk=group.pk).exists()
    assert Book.objects.exists()
