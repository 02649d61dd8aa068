"""What the library allows, as rows: `Policy`, and `GroupTerms` where a group's people have others."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookplate.catalog.models import Kind
from bookplate.core.models import at_most
from bookplate.people.models import Group

ONLY = 1
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
LONGEST_DAYS = 3650
SHORT_DAYS = 3


def whole(least: int, most: int) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(least), MaxValueValidator(most)]


class Policy(models.Model):
    """The one row of it, written when somebody first changes it; until then the settings' first values hold."""

    loan_days = models.PositiveSmallIntegerField("days of a loan", validators=whole(1, LONGEST_DAYS))
    short_days = models.PositiveSmallIntegerField(
        "days of a short loan", default=SHORT_DAYS, validators=whole(1, LONGEST_DAYS)
    )
    loans_at_once = models.PositiveSmallIntegerField("books at once", validators=whole(1, 10_000))
    renewals = models.PositiveSmallIntegerField(validators=whole(0, 1000), help_text="How often a loan may be renewed.")
    hold_days = models.PositiveSmallIntegerField(
        "days on the holds shelf", validators=whole(1, 365), help_text="How long a held copy waits to be fetched."
    )
    closed_weekdays = models.CharField(max_length=6, blank=True, help_text="1 is Monday, 7 Sunday.")
    closed_dates = models.JSONField(default=list, blank=True)
    members_lend = models.BooleanField(
        "members may borrow each other's books", default=True, help_text="By asking for a copy on somebody's shelf."
    )
    remind_before = models.PositiveSmallIntegerField(
        "days before the due date",
        default=2,
        validators=whole(0, 365),
        help_text="When a first reminder goes; 0 for none.",
    )
    remind_on_day = models.BooleanField("remind on the day itself", default=True)
    remind_overdue = models.PositiveSmallIntegerField(
        "days between reminders of what is overdue",
        default=7,
        validators=whole(0, 365),
        help_text="From the day after the due date on; 0 for none.",
    )
    remind_hour = models.PositiveSmallIntegerField(
        "hour from which reminders go",
        default=8,
        validators=whole(0, 23),
        help_text="In the library's own time: 8 is eight in the morning.",
    )

    class Meta:
        verbose_name_plural = "policy"
        constraints = [
            models.CheckConstraint(condition=Q(pk=ONLY), name="one_policy"),
            # Of seven different digits one is missing, so the library opens some day.
            *at_most("policy", closed_weekdays=6),
        ]

    def __str__(self) -> str:
        return "What the library allows"

    @classmethod
    def first(cls) -> "Policy":
        """Of a library that has changed nothing yet."""
        return cls(
            pk=ONLY,
            loan_days=settings.LOAN_DAYS,
            loans_at_once=settings.LOANS_AT_ONCE,
            renewals=settings.RENEWALS,
            hold_days=settings.HOLD_DAYS,
        )

    def end_of_loan(self, begin: datetime, days: int) -> datetime:
        """The end of the day so many days on, or of the next one on which the library is open."""
        return end_of(self._open_from(timezone.localdate(begin) + timedelta(days=days)))

    def ready_until(self, now: datetime) -> datetime:
        return self.end_of_loan(now, self.hold_days)

    def _open_from(self, day: date) -> date:
        closed: Collection[str] = frozenset(self.closed_dates)
        while str(day.isoweekday()) in self.closed_weekdays or day.isoformat() in closed:
            day += timedelta(days=1)
        return day


def begin_of(day: date) -> datetime:
    """In the library's time zone, as `end_of`."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


class GroupTerms(models.Model):
    """What is otherwise for the people of one group; empty is as for everybody."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, primary_key=True, related_name="terms")
    loan_days = models.PositiveSmallIntegerField(
        "days of a loan", null=True, blank=True, validators=whole(1, LONGEST_DAYS)
    )
    short_days = models.PositiveSmallIntegerField(
        "days of a short loan", null=True, blank=True, validators=whole(1, LONGEST_DAYS)
    )
    loans_at_once = models.PositiveSmallIntegerField(
        "books at once", null=True, blank=True, validators=whole(1, 10_000)
    )
    renewals = models.PositiveSmallIntegerField(null=True, blank=True, validators=whole(0, 1000))

    class Meta:
        verbose_name_plural = "terms of groups"
        ordering = ["group__name", "group_id"]

    def __str__(self) -> str:
        return f"Terms of {self.group}"


DAYS_OF = {Kind.BOOK: "loan_days", Kind.SHORT: "short_days"}
"""The field with the days of each kind of copy that is lent at all."""
