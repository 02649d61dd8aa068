"""Webhooks and their owners: making, changing, letting one go on, sending an event again. Each tells what happened."""

from collections.abc import Iterable

from django.db import transaction

from bookplate.core import events, outgoing
from bookplate.core.errors import Conflict, Invalid
from bookplate.core.models import Audience, locked
from bookplate.feed import catalogue, reading, signing
from bookplate.feed.models import Delivery, DeliveryState, Webhook
from bookplate.people.models import User

MOST = 10
"""Webhooks of one person."""


class TooManyWebhooks(Conflict):
    title = "There are too many webhooks"


class WebhookSetAside(Conflict):
    title = "The webhook is set aside"


@transaction.atomic
def add(owner: User, address: str, kinds: Iterable[str] = ()) -> tuple[Webhook, str]:
    """A new one, which gets what happens from now on, and its secret, which is shown this once.

    Raises `Invalid` or `TooManyWebhooks`.
    """
    _check_address(address)
    wanted = _checked(kinds)
    locked(owner)
    if Webhook.objects.filter(owner=owner).count() >= MOST:
        raise TooManyWebhooks(f"You have {MOST} webhooks, as many as are allowed. Remove one that is no longer used.")
    salt = signing.new_salt()
    webhook = Webhook.objects.create(owner=owner, address=address, kinds=wanted, salt=salt, upto=reading.latest())
    _record("webhook.added", webhook)
    return webhook, signing.secret(salt)


@transaction.atomic
def change(webhook: Webhook, *, address: str | None = None, kinds: Iterable[str] | None = None) -> Webhook:
    """To another address or other kinds, with the same secret; raises `Invalid`."""
    webhook = locked(webhook)
    if address is not None:
        _check_address(address)
        webhook.address = address
    if kinds is not None:
        webhook.kinds = _checked(kinds)
    webhook.attempts, webhook.next_at = 0, None
    webhook.save(update_fields=["address", "kinds", "attempts", "next_at"])
    _record("webhook.changed", webhook)
    return webhook


@transaction.atomic
def remove(webhook: Webhook) -> None:
    locked(webhook).delete()
    _record("webhook.removed", webhook)


@transaction.atomic
def resume(webhook: Webhook) -> Webhook:
    """Let it go on where it was: nothing that happened meanwhile is left out."""
    webhook = locked(webhook)
    if webhook.is_set_aside:
        webhook.problem, webhook.attempts, webhook.next_at = "", 0, None
        webhook.save(update_fields=["problem", "attempts", "next_at"])
        _record("webhook.resumed", webhook)
    return webhook


@transaction.atomic
def send_again(webhook: Webhook, event: int) -> Delivery:
    """Once more, or now what waits for its next attempt; raises `Invalid` or `WebhookSetAside`."""
    webhook = locked(webhook)
    delivery = webhook.deliveries.filter(event=event).first()
    if delivery is None:
        raise Invalid("event", "No such event was sent to this webhook.")
    if event > webhook.upto:
        _hasten(webhook)
    else:
        delivery.state = DeliveryState.WAITING
        delivery.save(update_fields=["state"])
    return delivery


def _hasten(webhook: Webhook) -> None:
    if webhook.is_set_aside:
        raise WebhookSetAside("This event is the next one of a webhook that was set aside. Let the webhook go on.")
    webhook.next_at = None
    webhook.save(update_fields=["next_at"])


def set_aside(webhook: Webhook, problem: str) -> None:
    """Send it nothing more until its owner says so; within the caller's transaction, as its last statement."""
    webhook.problem = problem[:300]
    webhook.save(update_fields=["problem"])
    _record("webhook.set-aside", webhook)


def _check_address(address: str) -> None:
    if len(address) > 500:
        raise Invalid("address", "The address may have 500 characters at most.")
    try:
        outgoing.refuse_private(address)
    except ValueError as reason:
        raise Invalid("address", str(reason)) from None


def _checked(kinds: Iterable[str]) -> str:
    wanted = set(kinds)
    unknown = sorted(wanted - dict(catalogue.choices()).keys())
    if unknown:
        raise Invalid("kinds", f"There is no kind of event called {unknown[0]}.")
    return " ".join(sorted(wanted))


def _record(type: str, webhook: Webhook) -> None:
    events.record(type, (Audience.USER, webhook.owner_id), user=webhook.owner_id, note=webhook.host)
