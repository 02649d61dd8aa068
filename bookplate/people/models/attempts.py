"""What was tried of late, counted (`Attempt`)."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from bookplate.core.models import at_most

COUNTED_FOR = timedelta(hours=1)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)


class Attempt(models.Model):
    """How often somebody failed or asked of late: an account, also one that is not there, or an address."""

    # A keyed hash, for people type their passwords into the wrong field.
    whose = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(default=timezone.now)
    paused_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "attempt"
        constraints = [*at_most("attempt", whose=64)]

    def __str__(self) -> str:
        return f"{self.failures} since {self.since:%H:%M}"

    def pause(self, now: datetime) -> float:
        """Seconds until the next attempt may be made."""
        return (self.paused_until - now).total_seconds() if self.paused_until else 0

    def count(self, limit: int, now: datetime) -> None:
        """One more. Those of an hour ago are forgotten; from the `limit` on each makes a longer pause."""
        if self.since <= now - COUNTED_FOR:
            self.failures, self.since, self.paused_until = 0, now, None
        self.failures += 1
        if self.failures >= limit:
            self.paused_until = now + min(FIRST_PAUSE * 2 ** min(self.failures - limit, 10), LONGEST_PAUSE)

    def take_back(self, limit: int) -> None:
        """One less: it was none."""
        self.failures = max(self.failures - 1, 0)
        if self.failures < limit:
            self.paused_until = None
