"""Sign-ins (`Session`)."""

from typing import Self

from django.db import models
from django.utils import timezone

from bookplate.core.models import at_most
from bookplate.people.models.users import User


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self) -> Self:
        return self.filter(ended_at__isnull=True, user__is_active=True)


class Session(models.Model):
    """One sign-in on one device, from the password to the sign-out; its tokens or its browser's cookie name it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    refresh_id = models.CharField(max_length=64, blank=True, help_text="The one good refresh token; pages have none.")
    stamp = models.CharField(max_length=64, blank=True, help_text="Made of the password that was good then.")
    device = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["-last_used_at", "-id"]
        verbose_name = "sign-in"
        constraints = [*at_most("session", refresh_id=64, stamp=64, device=200)]
        indexes = [models.Index(fields=["user", "-last_used_at", "-id"], name="session_latest_first")]

    def __str__(self) -> str:
        return f"{self.user} on {self.device or 'an unknown device'}"

    @property
    def is_of_page(self) -> bool:
        return not self.refresh_id
