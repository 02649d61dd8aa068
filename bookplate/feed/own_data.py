"""The feed's part of privacy: the events that name a person, and the addresses they came from."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from bookplate.core.events import Note
from bookplate.core.models import Audience, Event, IdempotencyKey
from bookplate.feed.models import Delivery, DeliveryState, Webhook
from bookplate.people.models import Member, User
from bookplate.people.privacy import Part, Table

KEYS_KEPT = timedelta(days=7)
DELIVERIES_KEPT = timedelta(days=30)
BATCH = 5000


def held(user: User) -> Mapping[str, Table]:
    about = Event.objects.filter(_naming(user)).values("id", "type", "at", "book", "copy", "by", "address")
    hooks = Webhook.objects.filter(owner=user).values("id", "address", "kinds", "problem", "created_at")
    return {"events": about, "webhooks": hooks}


def erase(user: User) -> list[Note]:
    Event.objects.filter(by=user.pk).forget("by", "address")
    Event.objects.filter(user=user.pk).forget("user", "note")
    Event.objects.filter(audience__in=[Audience.USER, Audience.FRIENDS], audience_of=user.pk).forget("audience_of")
    IdempotencyKey.objects.filter(user=user.pk).delete()
    Webhook.objects.filter(owner=user).delete()
    for card in Member.objects.filter(user=user):
        Event.objects.filter(member=card.pk).forget("member")
        # The answers that the desk got name the card they lent to.
        IdempotencyKey.objects.filter(body__contains=json.dumps(card.card, ensure_ascii=False)).delete()
    return []


def _naming(user: User) -> Q:
    cards = Member.objects.filter(user=user).values("pk")
    return Q(by=user.pk) | Q(user=user.pk) | Q(member__in=cards)


def tidy() -> int:
    """Where somebody was, and who borrowed and waited for what, is forgotten with the history of loans."""
    now = timezone.now()
    old = Event.objects.filter(at__lt=now - timedelta(days=settings.HISTORY_DAYS))
    gone = old.filter(address__isnull=False).forget("address")
    lending = old.filter(Q(type__startswith="loan.") | Q(type__startswith="hold.")).exclude(member=None)
    # Of a renewal, which borrowers do themselves, who did it says as much.
    lending.filter(type="loan.renewed").forget("by")
    gone += lending.forget("member")
    gone += _expire(now - timedelta(days=settings.EVENT_DAYS))
    gone += Delivery.objects.exclude(state=DeliveryState.WAITING).filter(tried_at__lt=now - DELIVERIES_KEPT).delete()[0]
    return gone + IdempotencyKey.objects.filter(created_at__lt=now - KEYS_KEPT).delete()[0]


def _expire(before: datetime) -> int:
    """Some at a time: whoever writes waits no longer than for these."""
    gone = 0
    while some := Event.objects.filter(at__lt=before).order_by("id").values_list("id", flat=True)[:BATCH]:
        removed = Event.objects.filter(pk__in=list(some)).expire()
        gone += removed
        if removed < BATCH:
            break
    return gone


PART = Part(held, erase, tidy)
