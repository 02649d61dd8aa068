"""The pages of webhooks: the secret once, what was sent, and the ways to go on."""

import re

import pytest
from django.test import Client

from bookplate.feed import signing, webhooks
from bookplate.feed.models import Webhook
from bookplate.people.models import User

pytestmark = pytest.mark.django_db
HOOK = "https://hooks.invalid/secret-path"


@pytest.fixture
def visitor(client: Client, librarian: User) -> Client:
    client.force_login(librarian)
    return client


@pytest.fixture
def hook(librarian: User) -> Webhook:
    hook, _ = webhooks.add(librarian, HOOK)
    hook.deliveries.create(
        event=hook.upto + 1, type="book.added", attempts=2, status=500, problem="It answered with 500."
    )
    return hook


def test_the_secret_is_shown_once(visitor: Client) -> None:
    made = visitor.post("/account/webhooks/", {"address": HOOK, "kinds": ["book.added"]})

    hook = Webhook.objects.get()
    assert (hook.address, hook.types) == (HOOK, ["book.added"])
    assert re.findall(r'<code class="secret">(.*?)</code>', made.text) == [signing.secret(hook.salt)]
    later = [visitor.get(page).text for page in ("/account/webhooks/", f"/account/webhooks/{hook.pk}/")]
    assert [page for page in later if "whsec_" in page] == []
    assert "hooks.invalid" in later[0]


def test_a_wrong_address_is_said_beside_it(visitor: Client) -> None:
    refused = visitor.post("/account/webhooks/", {"address": "http://127.0.0.1/"})

    assert (refused.status_code, Webhook.objects.count()) == (400, 0)
    assert "127.0.0.1 is no public address." in refused.text


def test_what_was_sent_is_shown_and_sent_again(visitor: Client, hook: Webhook) -> None:
    page = visitor.get(f"/account/webhooks/{hook.pk}/").text
    assert ("book.added" in page, "It answered with 500." in page) == (True, True)

    Webhook.objects.update(next_at="2030-01-01T00:00:00Z", attempts=1)
    again = visitor.post(f"/account/webhooks/{hook.pk}/again/{hook.upto + 1}/", follow=True)
    assert (f"Event {hook.upto + 1} is sent again." in again.text, Webhook.objects.get().next_at) == (True, None)


def test_one_that_is_set_aside_says_why_and_goes_on(visitor: Client, hook: Webhook) -> None:
    Webhook.objects.update(problem="The receiver wants no more (410 Gone).")
    address = f"/account/webhooks/{hook.pk}/"
    assert "The receiver wants no more (410 Gone)." in visitor.get(address).text
    assert "Let the webhook go on." in visitor.post(f"{address}again/{hook.upto + 1}/", follow=True).text

    assert "It goes on where it was." in visitor.post(f"{address}resume/", follow=True).text
    assert not Webhook.objects.get().is_set_aside


def test_it_is_changed_and_removed(visitor: Client, hook: Webhook) -> None:
    address = f"/account/webhooks/{hook.pk}/"
    assert visitor.post(address, {"address": "https://other.invalid/"}).status_code == 302
    assert Webhook.objects.get().host == "other.invalid"

    assert "The webhook to other.invalid is removed." in visitor.post(f"{address}remove/", follow=True).text
    assert not Webhook.objects.exists()


def test_the_way_there_is_shown_to_those_who_may_go(client: Client, librarian: User, assistant: User) -> None:
    shown = []
    for user in (librarian, assistant):
        client.force_login(user)
        shown.append("/account/webhooks/" in client.get("/account/").text)

    assert shown == [True, False]
