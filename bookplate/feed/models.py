"""Webhooks: where events are sent to, how far each has come, and what became of each event sent."""

from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from bookplate.core.models import at_most
from bookplate.people import roles
from bookplate.people.models import User


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def visible_to(self, viewer: roles.Viewer) -> Self:
        """One's own, as long as one may have any: nobody else is to read where they lead."""
        return self.filter(owner=viewer) if roles.keeps_catalogue(viewer) and isinstance(viewer, User) else self.none()

    def due(self, newest: int) -> Self:
        """Those for whom there may be something to send, now that event `newest` happened."""
        going_on = Q(problem="", upto__lt=newest) & (Q(next_at=None) | Q(next_at__lte=Now()))
        again = Delivery.objects.asked_again().filter(webhook=OuterRef("pk"))
        return self.filter(Q(Exists(again)) | going_on)

    def unattended(self) -> Self:
        return self.filter(Q(leased_until=None) | Q(leased_until__lt=Now()))

    def lease(self, length: timedelta) -> int:
        return self.update(leased_until=Now() + length)


class Webhook(models.Model):
    """An address that its owner wants events sent to, in their order: the next one goes when the last has arrived."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    address = models.CharField(max_length=500)
    kinds = models.TextField(blank=True, help_text="Types of events, separated by blanks; none means all of them.")
    salt = models.CharField(max_length=64, help_text="The secret is made of it and the server's key.")
    upto = models.BigIntegerField(help_text="The events up to this one are dealt with.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="In vain, for the event after that.")
    next_at = models.DateTimeField(null=True, help_text="Not before then.")
    problem = models.CharField(max_length=300, blank=True, help_text="Why it was set aside.")
    leased_until = models.DateTimeField(null=True, help_text="Somebody sends until then.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [*at_most("webhook", address=500, salt=64, problem=300)]

    def __str__(self) -> str:
        return self.host

    @property
    def host(self) -> str:
        """What may be told of the address: the rest may be a secret of the receiver's."""
        return urlsplit(self.address).hostname or ""

    @property
    def types(self) -> list[str]:
        return self.kinds.split()

    @property
    def is_set_aside(self) -> bool:
        return bool(self.problem)


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def asked_again(self) -> Self:
        """Those that are no longer their webhook's next one, but that its owner wants to be sent once more."""
        return self.filter(state=DeliveryState.WAITING, event__lte=F("webhook__upto"))


class Delivery(models.Model):
    """What became of one event on its way to one webhook; there is none of an event that was not for it."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.BigIntegerField()
    type = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="The status of the last answer, if there was one.")
    problem = models.CharField(max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-event"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="webhook_has_event_once"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_is_known"),
            *at_most("delivery", type=40, state=10, problem=300),
        ]
        indexes = [
            models.Index(fields=["webhook", "event"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["tried_at"], name="delivery_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.type}"
