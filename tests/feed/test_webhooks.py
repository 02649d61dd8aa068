"""Webhooks: signed as Standard Webhooks says, of the kinds chosen, to public addresses, what their owner may see."""

import base64
import hashlib
import hmac
import json
import re
import time
from typing import Any

import pytest

from bookplate.catalog import books
from bookplate.core.errors import Invalid
from bookplate.core.models import Event
from bookplate.feed import courier, own_data, reading, webhooks
from bookplate.feed.models import Delivery, Webhook
from bookplate.people import privacy
from bookplate.people.models import User
from bookplate.people.roles import Role
from tests.feed.delivering import deliver, heard
from tests.receiver import Received, Receiver

pytestmark = pytest.mark.django_db


def signature(secret: str, received: Received) -> str:
    """The reference of the specification, word for word: `v1,` and base64(HMAC-SHA256(key, id.timestamp.body))."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{received.headers['webhook-id']}.{received.headers['webhook-timestamp']}.{received.body.decode()}"
    return "v1," + base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()


def test_a_message_is_signed_and_says_what_the_socket_says(receiver: Receiver, librarian: User) -> None:
    hook, secret = webhooks.add(librarian, receiver.url("/in?x=1"), ["book.added"])
    begun = int(time.time())
    books.add(title="Dune")
    deliver()

    [received] = receiver.got
    event = Event.objects.get(type="book.added")
    assert json.loads(received.body) == reading.frame(event)
    assert (received.method, received.path, received.headers["content-type"]) == ("POST", "/in?x=1", "application/json")
    assert received.headers["webhook-id"] == f"evt_{hook.pk}_{event.pk}"
    assert begun <= int(received.headers["webhook-timestamp"]) <= time.time()
    assert received.headers["webhook-signature"] == signature(secret, received)


def test_a_secret_has_the_length_of_the_specification_and_is_nowhere_kept(receiver: Receiver, librarian: User) -> None:
    made = [webhooks.add(librarian, receiver.url()) for _ in range(2)]
    secrets = [secret for _, secret in made]

    assert len(set(secrets)) == 2
    assert all(re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret) for secret in secrets)
    kept = str([*Webhook.objects.values(), *Event.objects.values()])
    assert [secret for secret in secrets if secret in kept or secret[6:] in kept] == []


def test_what_happened_before_is_not_told(receiver: Receiver, librarian: User) -> None:
    books.add(title="Dune")
    webhooks.add(librarian, receiver.url())
    deliver()

    assert heard(receiver) == []


def test_only_the_kinds_that_were_chosen(receiver: Receiver, librarian: User) -> None:
    webhooks.add(librarian, receiver.url(), ["book.removed", "book.added"])
    dune = books.add(title="Dune")
    books.change(dune, title="Dune!")
    books.remove(dune)
    deliver()

    assert [type for type, _ in heard(receiver)] == ["book.added", "book.removed"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1/", "is no public address"),
        ("http://localhost:8000/", "is no public address"),
        ("https://[::ffff:10.0.0.1]/", "is no public address"),
        ("ftp://example.org/", "Write an address such as"),
        ("https://user:pw@example.org/", "Leave name and password out"),
        ("https://example.org/" + "x" * 500, "500 characters"),
    ],
)
def test_an_address_that_is_refused(librarian: User, address: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        webhooks.add(librarian, address)

    assert list(refused.value.errors) == ["address"]


def test_an_unknown_kind_and_one_too_many_are_refused(librarian: User) -> None:
    with pytest.raises(Invalid, match=r"There is no kind of event called book\.sold"):
        webhooks.add(librarian, "https://example.org/", ["book.added", "book.sold"])

    for _ in range(webhooks.MOST):
        webhooks.add(librarian, "https://example.org/")
    with pytest.raises(webhooks.TooManyWebhooks, match="You have 10 webhooks"):
        webhooks.add(librarian, "https://example.org/")


@pytest.mark.parametrize("now", [{"role": Role.MEMBER}, {"role": Role.ASSISTANT}, {"is_active": False}])
def test_an_owner_who_lost_the_right_gets_nothing_more(
    receiver: Receiver, hook: Webhook, librarian: User, now: dict[str, Any]
) -> None:
    deliver()
    receiver.got.clear()
    webhooks.send_again(hook, hook.deliveries.get().event)
    User.objects.filter(pk=librarian.pk).update(**now)
    books.add(title="Dune")
    deliver()
    deliver()

    hook.refresh_from_db()
    assert (receiver.got, hook.problem) == ([], "Its owner may not have webhooks any more.")
    assert courier.due() == []


def test_a_person_takes_them_along(receiver: Receiver, hook: Webhook, librarian: User, admin: User) -> None:
    deliver()
    assert [row["address"] for row in own_data.held(librarian)["webhooks"]] == [receiver.url()]

    privacy.erase(librarian)
    assert (Webhook.objects.count(), Delivery.objects.count()) == (0, 0)
