"""What sources answered, and a filling: one round through the catalogue for what is missing."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from bookplate.core.models import at_most


class Answer(models.Model):
    """What one source said of one ISBN; that it could not be asked is no answer."""

    isbn = models.CharField(max_length=13)
    source = models.CharField(max_length=20)
    values = models.JSONField(null=True, help_text="By the names of a book's fields; null: it knows no such book.")
    asked_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["isbn", "source"], name="one_answer_of_each_source"),
            *at_most("answer", isbn=13, source=20),
        ]

    def __str__(self) -> str:
        return f"{self.isbn} at {self.source}"


class State(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Stopped by a problem"
    CANCELLED = "cancelled", "Cancelled"


class FillingQuerySet(models.QuerySet["Filling"]):
    def running(self) -> Self:
        return self.filter(state=State.RUNNING)


class Filling(models.Model):
    """A round through all books with an ISBN; its counts and place are saved with each of them."""

    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    total = models.PositiveIntegerField(default=0, help_text="How many books there were to look at.")
    position = models.BigIntegerField("id of the last book done", default=0)
    done = models.PositiveIntegerField(default=0)
    filled = models.PositiveIntegerField(default=0)
    covers = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0, help_text="Books that no source could be asked about.")
    in_a_row = models.PositiveSmallIntegerField("of these the last ones", default=0)
    problem = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="fillings"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = FillingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="one_filling_at_a_time"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="filling_state_is_known"),
            models.CheckConstraint(
                condition=Q(done__gte=F("filled")) & Q(done__gte=F("failed")), name="filling_counts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"Filling {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.state != State.RUNNING

    @property
    def percent(self) -> int:
        """Of the books that were there at the start; those added since can make no more than all of it."""
        return min(100, 100 * self.done // self.total) if self.total else 100
