"""Carries events to webhooks: in their order, each as its owner may see it when it is sent, again until it arrives.

How far a webhook has come is a number in its row, and the events themselves are the queue: so nothing is lost when a
worker is killed, and what was on its way then is sent once more with the same `webhook-id`. Whoever sends holds a lease
of the webhook, as with a task (`core.tasks`). All webhooks are served at once on one loop; a slow receiver waits alone.
"""

import asyncio
import logging
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from bookplate.core import mail, outgoing
from bookplate.core.models import Event
from bookplate.core.outgoing import NoAnswer, Request
from bookplate.feed import reading, signing, webhooks
from bookplate.feed.models import Delivery, DeliveryState, Webhook
from bookplate.people import roles

logger = logging.getLogger(__name__)

BEAT = 0.5
"""How often one looks for what is due, and renews the leases, in seconds."""
LEASE = timedelta(seconds=5)
SECONDS = 15.0
"""For one attempt, in all."""
MOST_BYTES = 10_000
# After the last of them, about a day after the first attempt, the webhook is set aside.
PAUSES = [timedelta(minutes=minutes) for minutes in (0.1, 0.5, 2, 10, 30, 60, 120, 180, 240, 240, 240, 300)]
GONE = 410
NO_LONGER = "Its owner may not have webhooks any more."
NOT_FOR_IT = "This is not for it any more: its owner may not see it, or wants other kinds."


@dataclass(frozen=True)
class Parcel:
    """One event on its way to one webhook."""

    webhook: int
    salt: str
    address: str
    event: int
    type: str
    body: bytes
    again: bool
    """Whether it is sent once more, beside the others."""


@dataclass(frozen=True)
class Outcome:
    status: int | None
    problem: str = ""


def due(most: int = 100) -> list[int]:
    """Webhooks to be attended to now, each leased to the caller."""
    found = Webhook.objects.due(reading.latest()).unattended().values_list("pk", flat=True)[:most]
    return [number for number in list(found) if Webhook.objects.filter(pk=number).unattended().lease(LEASE)]


def release(number: int) -> None:
    Webhook.objects.filter(pk=number).update(leased_until=None)


@transaction.atomic
def next_parcel(number: int) -> Parcel | None:
    """What to send now; what happened and is not for this webhook is passed over."""
    webhook = Webhook.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=number).first()
    if webhook is None or not _may_get(webhook):
        return None
    event = _asked_again(webhook)
    if event:
        return _parcel(webhook, event, again=True)
    event = _next(webhook)
    return _parcel(webhook, event, again=False) if event else None


def _may_get(webhook: Webhook) -> bool:
    """An owner who may not have webhooks any more gets nothing; what they might have got waits."""
    if webhook.owner.is_active and roles.keeps_catalogue(webhook.owner):
        return True
    _drop(Delivery.objects.asked_again().filter(webhook=webhook), NO_LONGER)
    if not webhook.is_set_aside:
        webhooks.set_aside(webhook, NO_LONGER)
    return False


def _asked_again(webhook: Webhook) -> Event | None:
    waiting = Delivery.objects.asked_again().filter(webhook=webhook).order_by("event")
    for delivery in waiting:
        event = reading.visible_to(webhook.owner).filter(pk=delivery.event).first()
        if event:
            return event
        _drop(Delivery.objects.filter(pk=delivery.pk), NOT_FOR_IT)
    return None


def _next(webhook: Webhook) -> Event | None:
    if webhook.is_set_aside or (webhook.next_at and webhook.next_at > timezone.now()):
        return None
    newest = reading.latest()
    event = _wanted(webhook).filter(id__gt=webhook.upto, id__lte=newest).order_by("id").first()
    passed = event.pk - 1 if event else newest
    if passed > webhook.upto:
        _drop(
            webhook.deliveries.filter(state=DeliveryState.WAITING, event__gt=webhook.upto, event__lte=passed),
            NOT_FOR_IT,
        )
        webhook.upto = passed
        webhook.save(update_fields=["upto"])
    return event


def _drop(deliveries: "QuerySet[Delivery]", problem: str) -> None:
    deliveries.update(state=DeliveryState.FAILED, problem=problem)


def _wanted(webhook: Webhook) -> "QuerySet[Event]":
    seen = reading.visible_to(webhook.owner)
    return seen.filter(type__in=webhook.types) if webhook.types else seen


def _parcel(webhook: Webhook, event: Event, *, again: bool) -> Parcel:
    body = reading.written(event).encode()
    return Parcel(webhook.pk, webhook.salt, webhook.address, event.pk, event.type, body, again)


async def carry(parcel: Parcel) -> Outcome:
    """What the receiver said to it; no database is held meanwhile."""
    signed = signing.headers(parcel.salt, f"evt_{parcel.webhook}_{parcel.event}", int(time.time()), parcel.body)
    request = Request("POST", parcel.address, {"Content-Type": "application/json", **signed}, parcel.body)
    try:
        answer = await outgoing.send(request, seconds=SECONDS, most=MOST_BYTES)
    except (NoAnswer, ValueError) as reason:
        return Outcome(None, str(reason)[:300])
    if 200 <= answer.status < 300:
        return Outcome(answer.status)
    advice = " Redirects are not followed: change the address." if 300 <= answer.status < 400 else ""
    return Outcome(answer.status, f"It answered with {answer.status}.{advice}")


@transaction.atomic
def note(parcel: Parcel, outcome: Outcome) -> bool:
    """Write down what became of it; whether there may be more to send at once."""
    webhook = Webhook.objects.select_for_update(of=("self",)).filter(pk=parcel.webhook).first()
    if webhook is None:
        return False
    delivery, _ = webhook.deliveries.get_or_create(event=parcel.event, defaults={"type": parcel.type})
    if not outcome.problem:
        _write(delivery, DeliveryState.DELIVERED, outcome)
        _move_on(webhook, parcel)
    elif parcel.again:
        _write(delivery, DeliveryState.FAILED, outcome)
    else:
        _write(delivery, DeliveryState.WAITING, outcome)
        _try_later(webhook, parcel, outcome)
    return parcel.again or not outcome.problem


def _write(delivery: Delivery, state: DeliveryState, outcome: Outcome) -> None:
    delivery.state, delivery.status, delivery.problem = state, outcome.status, outcome.problem
    delivery.attempts, delivery.tried_at = delivery.attempts + 1, timezone.now()
    delivery.save()


def _move_on(webhook: Webhook, parcel: Parcel) -> None:
    # Not back, when another worker took over meanwhile and is further already.
    if parcel.event > webhook.upto:
        webhook.upto, webhook.attempts, webhook.next_at = parcel.event, 0, None
        webhook.save(update_fields=["upto", "attempts", "next_at"])


def _try_later(webhook: Webhook, parcel: Parcel, outcome: Outcome) -> None:
    if parcel.event <= webhook.upto or webhook.is_set_aside:
        return
    if outcome.status == GONE:
        _give_up(webhook, "The receiver wants no more (410 Gone).")
    elif webhook.attempts >= len(PAUSES):
        _give_up(webhook, f"For a day nothing arrived. At last: {outcome.problem}")
    else:
        webhook.next_at = timezone.now() + PAUSES[webhook.attempts]
        webhook.attempts += 1
        webhook.save(update_fields=["attempts", "next_at"])


def _give_up(webhook: Webhook, problem: str) -> None:
    if webhook.owner.email:
        words = f"Your webhook to {webhook.host} gets no more events. {problem}"
        advice = "Nothing is lost: let it go on under “Webhooks” in your account, and it gets what it missed."
        mail.send(webhook.owner.email, f"{settings.LIBRARY_NAME}: A webhook was set aside", f"{words}\n\n{advice}\n")
    webhooks.set_aside(webhook, problem)


class Courier:
    """Serves all webhooks of one process until it is stopped."""

    def __init__(self) -> None:
        self._serving: dict[int, asyncio.Task[None]] = {}

    async def run(self, over: threading.Event) -> None:
        while not over.is_set():
            try:
                await self._look()
            except DatabaseError:
                logger.exception("Webhooks could not be looked after; in a moment again")
            await asyncio.sleep(BEAT)
        await self._stop()

    async def _look(self) -> None:
        if self._serving:
            await database_sync_to_async(_renew)(list(self._serving))
        for number in await database_sync_to_async(due)():
            self._serving[number] = asyncio.create_task(self._serve(number))

    async def _serve(self, number: int) -> None:
        try:
            while parcel := await database_sync_to_async(next_parcel)(number):
                if not await database_sync_to_async(note)(parcel, await carry(parcel)):
                    break
            await database_sync_to_async(release)(number)
        except DatabaseError:
            logger.exception("A webhook could not be served; in a moment again")
        finally:
            self._serving.pop(number, None)

    async def _stop(self) -> None:
        """What is on its way may arrive, if that is soon."""
        if self._serving:
            _, late = await asyncio.wait(self._serving.values(), timeout=LEASE.total_seconds())
            for task in late:
                task.cancel()


def _renew(numbers: list[int]) -> None:
    Webhook.objects.filter(pk__in=numbers).lease(LEASE)
