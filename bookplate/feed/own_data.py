"""The feed's part of privacy: the events that name a person, and the addresses they came from."""

import json
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from bookplate.core.models import Event, IdempotencyKey
from bookplate.people.models import Member, User
from bookplate.people.privacy import Part, Table

KEYS_KEPT = timedelta(days=7)


def held(user: User) -> Mapping[str, Table]:
    about = Event.objects.filter(_naming(user)).values("id", "type", "at", "book", "copy", "by", "address")
    return {"events": about}


def erase(user: User) -> None:
    Event.objects.filter(by=user.pk).forget("by", "address")
    Event.objects.filter(user=user.pk).forget("user", "note")
    IdempotencyKey.objects.filter(user=user.pk).delete()
    for card in Member.objects.filter(user=user):
        Event.objects.filter(member=card.pk).forget("member")
        # The answers that the desk got name the card they lent to.
        IdempotencyKey.objects.filter(body__contains=json.dumps(card.card, ensure_ascii=False)).delete()


def _naming(user: User) -> Q:
    cards = Member.objects.filter(user=user).values("pk")
    return Q(by=user.pk) | Q(user=user.pk) | Q(member__in=cards)


def tidy() -> int:
    """Where somebody was, and whom a loan was about, is forgotten with the history of loans."""
    now = timezone.now()
    old = Event.objects.filter(at__lt=now - timedelta(days=settings.HISTORY_DAYS))
    gone = old.filter(address__isnull=False).forget("address")
    gone += old.filter(type__startswith="loan.").exclude(member=None, user=None).forget("member", "user")
    return gone + IdempotencyKey.objects.filter(created_at__lt=now - KEYS_KEPT).delete()[0]


PART = Part(held, erase, tidy)
