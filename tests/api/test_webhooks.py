"""/api/webhooks/: made and shown once, changed, looked into, sent again; one's own alone."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from bookplate.core.models import Event
from bookplate.feed import signing, webhooks
from bookplate.feed.models import Webhook
from bookplate.people import scripts
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db
HOOK = "https://example.org/hook"


@pytest.fixture
def client(librarian: User) -> APIClient:
    return signed_in(librarian)


@pytest.fixture
def hook(librarian: User) -> Webhook:
    return webhooks.add(librarian, HOOK)[0]


def test_the_secret_is_in_the_first_answer_alone(client: APIClient) -> None:
    made = client.post("/api/webhooks/", {"address": HOOK, "kinds": ["loan.opened", "book.added"]})

    hook = Webhook.objects.get()
    shown = {
        "id": hook.pk,
        "address": HOOK,
        "kinds": ["book.added", "loan.opened"],
        "upto": hook.upto,
        "problem": "",
        "next_at": None,
        "created_at": made.json()["created_at"],
    }
    assert (made.status_code, made.json()) == (201, shown | {"secret": signing.secret(hook.salt)})
    assert (made.headers["Cache-Control"], made.headers["Location"]) == (
        "no-store",
        f"http://testserver/api/webhooks/{hook.pk}/",
    )
    assert client.get("/api/webhooks/").json() == [shown]
    assert client.get(f"/api/webhooks/{hook.pk}/").json() == shown


def test_it_is_changed_and_removed_and_the_audit_knows(client: APIClient, hook: Webhook, librarian: User) -> None:
    address = f"/api/webhooks/{hook.pk}/"
    changed = client.patch(address, {"kinds": ["book.added"]})
    assert (changed.status_code, changed.json()["kinds"], changed.json()["address"]) == (200, ["book.added"], HOOK)
    assert client.patch(address, {"address": "https://example.net/"}).json()["kinds"] == ["book.added"]
    assert client.patch(address, {"kinds": []}, headers={"If-Match": '"old"'}).status_code == 412

    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    told = Event.objects.filter(type__startswith="webhook.", by__isnull=False).order_by("id")
    assert [(event.type, event.by, event.note) for event in told] == [
        ("webhook.changed", librarian.pk, "example.org"),
        ("webhook.changed", librarian.pk, "example.net"),
        ("webhook.removed", librarian.pk, "example.net"),
    ]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"address": "http://127.0.0.1/"}, "address"),
    ({"address": "mailto:a@example.org"}, "address"),
    ({"address": HOOK, "kinds": ["book.sold"]}, "kinds"),
    ({}, "address"),
]


@pytest.mark.parametrize(("body", "field"), REFUSED)
def test_what_is_refused(client: APIClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/api/webhooks/", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_as_many_as_are_allowed(client: APIClient, librarian: User) -> None:
    for _ in range(webhooks.MOST):
        webhooks.add(librarian, HOOK)
    answer = client.post("/api/webhooks/", {"address": HOOK})

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/too-many-webhooks")


def test_deliveries_and_one_sent_again(client: APIClient, hook: Webhook) -> None:
    hook.deliveries.create(event=7, type="book.added", state="failed", attempts=1, status=500, problem="No.")
    hook.deliveries.create(event=8, type="book.changed", state="delivered", attempts=1, status=204)
    Webhook.objects.update(upto=8)
    address = f"/api/webhooks/{hook.pk}/deliveries/"
    failed = {"event": 7, "type": "book.added", "attempts": 1, "tried_at": None, "status": 500, "problem": "No."}

    listed = client.get(f"{address}?limit=1")
    assert [delivery["event"] for delivery in listed.json()] == [8]
    assert client.get(listed.headers["Link"].split(">")[0][1:]).json() == [failed | {"state": "failed"}]
    again = client.post(address, {"event": 7})
    assert (again.status_code, again.json()) == (201, failed | {"state": "waiting"})
    assert client.post(address, {"event": 9}).json()["errors"] == {"event": ["No such event was sent to this webhook."]}


def test_one_that_is_set_aside_goes_on(client: APIClient, hook: Webhook) -> None:
    hook.deliveries.create(event=9, type="book.added")
    Webhook.objects.update(problem="Gone.", upto=8, attempts=3)

    refused = client.post(f"/api/webhooks/{hook.pk}/deliveries/", {"event": 9})
    assert (refused.status_code, refused.json()["type"]) == (409, "/api/problems/webhook-set-aside")
    assert client.post(f"/api/webhooks/{hook.pk}/resume/").json()["problem"] == ""
    assert Webhook.objects.get().attempts == 0


def test_a_script_s_token_reaches_none(librarian: User) -> None:
    _, token = scripts.make(librarian, "door", ["catalogue"], 1)
    client = APIClient(headers={"Authorization": f"Bearer {token}"})

    assert client.get("/api/webhooks/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("part", "queries"), [("", 2), ("{}/deliveries/", 3)])
def test_the_lists_ask_so_often_however_much_there_is(
    librarian: User, rows: int, part: str, queries: int, django_assert_num_queries: Any
) -> None:
    made = [webhooks.add(librarian, HOOK)[0] for _ in range(rows)]
    for number in range(rows):
        made[0].deliveries.create(event=number, type="book.added")
    client = signed_in(librarian)

    with django_assert_num_queries(queries):
        assert len(client.get(f"/api/webhooks/{part.format(made[0].pk)}").json()) == rows
