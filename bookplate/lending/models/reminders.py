"""Reminders: which one of which loan or hold was mailed, and who wants how many."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from bookplate.lending.models.holds import Hold
from bookplate.lending.models.loans import Loan
from bookplate.people.models import Member


class Reason(models.TextChoices):
    BEFORE = "before", "Due soon"
    ON_DAY = "on-day", "Due today"
    OVERDUE = "overdue", "Overdue"
    READY = "ready", "Ready to be fetched"
    EXPIRING = "expiring", "Not fetched yet"
    OVER = "over", "No longer to be had"


class Delivery(models.TextChoices):
    """What became of its mail. One that may have gone out is never sent again."""

    GOING = "going", "On its way, or cut off"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not accepted by the mail server"


class How(models.TextChoices):
    DIGEST = "digest", "All in one mail, one a day at most"
    EACH = "each", "A mail for each"
    NONE = "none", "No reminders"


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def of_the_loan(self, reason: Reason) -> Self:
        """For the outer query's loan as it is due now."""
        return self.filter(loan=OuterRef("pk"), reason=reason, until=OuterRef("due_at"))

    def of_the_hold(self, reason: Reason) -> Self:
        until = "ended_at" if reason == Reason.OVER else "ready_until"
        return self.filter(hold=OuterRef("pk"), reason=reason, until=OuterRef(until))

    def with_all(self) -> Self:
        return self.select_related("loan__copy__book", "loan__member", "hold__book", "hold__member")


def told_on(day: date) -> Q:
    """Whether the member of the outer query's row got any reminder on this day."""
    of_day = Reminder.objects.filter(day=day)
    loan, hold = of_day.filter(loan__member=OuterRef("member")), of_day.filter(hold__member=OuterRef("member"))
    return Q(Exists(loan)) | Q(Exists(hold))


class Reminder(models.Model):
    """That somebody was reminded of a loan or a hold; written in the transaction that decides it.

    Whom is said by the loan or hold alone, so that what forgets the borrower forgets it here, too.
    """

    loan = models.ForeignKey(Loan, on_delete=models.CASCADE, null=True, related_name="reminders")
    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, null=True, related_name="reminders")
    reason = models.CharField(max_length=10, choices=Reason)
    until = models.DateTimeField(help_text="When the loan was due, or the hold would end, as they were told.")
    day = models.DateField(help_text="On which day of the library.")
    at = models.DateTimeField(default=timezone.now)
    delivery = models.CharField(max_length=10, choices=Delivery, default=Delivery.GOING)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["day"], name="reminder_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "reason", "until"], condition=~Q(reason=Reason.OVERDUE), name="one_reminder_of_due_date"
            ),
            models.UniqueConstraint(
                fields=["loan", "day"], condition=Q(reason=Reason.OVERDUE), name="one_reminder_of_overdue_a_day"
            ),
            models.UniqueConstraint(fields=["hold", "reason", "until"], name="one_reminder_of_hold"),
            models.CheckConstraint(
                condition=Q(loan__isnull=True, hold__isnull=False) | Q(loan__isnull=False, hold__isnull=True),
                name="reminder_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.title}"

    @property
    def title(self) -> str:
        book = self.loan.copy.book if self.loan else self.hold.book if self.hold else None
        return book.title if book else ""

    @property
    def member(self) -> Member | None:
        return self.loan.member if self.loan else self.hold.member if self.hold else None


class ReminderChoice(models.Model):
    """How somebody wants to be reminded; without a row it is a digest."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="reminder_choice"
    )
    how = models.CharField(max_length=10, choices=How, default=How.DIGEST)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(how__in=How.values), name="reminder_choice_is_known")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_how_display()}"
