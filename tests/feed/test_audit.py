"""The audit: who did what to whom, when and from where; append only, and for admins alone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from bookplate.catalog.models import Copy
from bookplate.core.models import Event
from bookplate.feed import audit
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(copy: Copy, alice: User, assistant: User, librarian: User) -> list[Event]:
    """What two of the staff did."""
    desk, catalogue = signed_in(assistant), signed_in(librarian)
    lent = desk.post("/api/loans/", {"copy": copy.barcode, "member": "card-alice"}, REMOTE_ADDR="192.0.2.7").json()
    desk.post(f"/api/loans/{lent['id']}/return/")
    catalogue.post("/api/books/", {"title": "Emma"})
    catalogue.patch(f"/api/members/{alice.member.pk}/", {"lastname": "Austen"})
    return list(Event.objects.all())


def told(wanted: audit.Wanted) -> list[tuple[str, str, str, str]]:
    lines = audit.lines(audit.find(wanted).order_by("id"))
    return [(line.who, line.did, line.whom, line.what) for line in lines]


def test_it_tells_who_did_what_to_whom(done: list[Event], copy: Copy) -> None:
    title = "“The Left Hand of Darkness”, B1"

    assert told(audit.Wanted()) == [
        ("assistant", "lent a copy", "Alice Austen", title),
        ("assistant", "took a copy back", "Alice Austen", title),
        ("librarian", "added a book", "", "“Emma”"),
        ("librarian", "changed a library card", "Alice Austen", ""),
    ]
    assert audit.find(audit.Wanted()).order_by("id")[0].address == "192.0.2.7"


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("person=Assistant", ["loan.closed", "loan.opened"]),
        ("person=alice", ["member.changed", "loan.closed", "loan.opened"]),
        ("person=nobody-like-this", []),
        ("type=loan", ["loan.closed", "loan.opened"]),
        ("type=loan.opened", ["loan.opened"]),
        ("until=2020-01-01", []),
        ("since=2020-01-01&type=book", ["book.added"]),
        ("since=2999-01-01", []),
    ],
)
def test_it_is_narrowed(done: list[Event], admin: User, query: str, types: list[str]) -> None:
    answer = signed_in(admin).get(f"/api/audit/?{query}")

    assert [event["type"] for event in answer.json()] == types


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_any_days_can_be_asked_for(done: list[Event], admin: User, settings: Any, zone: str) -> None:
    settings.TIME_ZONE = zone
    query = "/api/audit/?since={}&until={}"

    assert len(signed_in(admin).get(query.format("0001-01-01", "9999-12-31")).json()) == len(done)
    assert signed_in(admin).get(query.format("0001-01-01", "0001-01-01")).json() == []


def test_what_is_gone_stays_a_number(done: list[Event], admin: User, assistant: User) -> None:
    number = assistant.pk
    assistant.member.delete()
    User.objects.filter(pk=number).delete()

    assert told(audit.Wanted(type="loan.opened"))[0][0] == f"account {number}"


def test_the_page_shows_it_and_goes_on(done: list[Event], admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookplate.web.audit.AT_ONCE", 1)
    client = Client()
    client.force_login(admin)
    first = client.get("/audit/?type=loan")
    after = first.text.split("after=")[1].split('"')[0].split("&")[0]
    second = client.get(f"/audit/?type=loan&after={after}")

    assert ("took a copy back" in first.text, "lent a copy" in first.text) == (True, False)
    assert ("took a copy back" in second.text, "lent a copy" in second.text) == (False, True)
    assert "Nothing like that happened" in client.get("/audit/?person=nobody-like-this").text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_is_two_queries(done: list[Event], admin: User, rows: int, django_assert_num_queries: Any) -> None:
    client = signed_in(admin)

    with django_assert_num_queries(2):
        assert len(client.get(f"/api/audit/?limit={rows}").json()) == rows


def test_events_are_append_only(done: list[Event]) -> None:
    event = Event.objects.all()[0]
    event.note = "another"
    attempts: list[Callable[[], Any]] = [
        event.save,
        event.delete,
        Event.objects.all().delete,
        lambda: Event.objects.update(by=None),
        lambda: Event.objects.bulk_update([event], ["note"]),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError, match="append only"), transaction.atomic():
            attempt()

    assert list(Event.objects.values_list("pk", "by", "note")) == [(e.pk, e.by, "") for e in done]


def test_who_is_whose_friend_is_not_in_it(alice: User, bob: User, admin: User) -> None:
    client = signed_in(alice)
    assert client.post("/api/friend-requests/", {"username": "bob"}).status_code == 201
    assert client.post("/api/blocks/", {"username": "bob"}).status_code == 201

    assert signed_in(admin).get("/api/audit/").json() == []


def test_who_did_it_never_travels(done: list[Event], alice: User, assistant: User) -> None:
    for user in (alice, assistant):
        frames = signed_in(user).get("/api/events/").json()

        assert {name for frame in frames for name in frame} <= {"id", "type", "at", "book", "copy"}
