"""What the courier does, step by step, and what a receiver got of it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from bookplate.feed import courier
from bookplate.feed.models import Webhook
from tests.receiver import Received, Receiver, Reply


def deliver() -> None:
    """All that is due, one webhook after the other."""
    for number in courier.due():
        while parcel := courier.next_parcel(number):
            if not courier.note(parcel, asyncio.run(courier.carry(parcel))):
                break
        courier.release(number)


def heard(receiver: Receiver) -> list[tuple[str, Any]]:
    """Types and books, without what the webhook itself was told of its beginning."""
    told = [json.loads(received.body) for received in receiver.got]
    return [(event["type"], event.get("book")) for event in told if not event["type"].startswith("webhook.")]


def answering(*statuses: int) -> Callable[[Received], Reply]:
    """One after the other, the last for ever."""
    left = list(statuses)
    return lambda _: Reply(left.pop(0) if len(left) > 1 else left[0])


def let_time_pass(hook: Webhook) -> None:
    """Until the next attempt is due."""
    assert Webhook.objects.filter(pk=hook.pk, next_at__gt=timezone.now()).update(next_at=timezone.now())


def seconds_to_wait(hook: Webhook) -> int:
    hook.refresh_from_db()
    tried = hook.deliveries.get(state="waiting").tried_at
    assert tried and hook.next_at
    return round((hook.next_at - tried).total_seconds())
