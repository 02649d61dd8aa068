"""Loans and holds: which copy is in whose hands, and who waits for what."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookplate.catalog.models import Book, Copy
from bookplate.people import roles
from bookplate.people.models import Member, User


class LoanQuerySet(models.QuerySet["Loan"]):
    def open(self) -> Self:
        return self.filter(returned_at__isnull=True)

    def overdue(self, at: datetime | None = None) -> Self:
        return self.open().filter(due_at__lt=at or timezone.now())

    def with_copy(self) -> Self:
        return self.select_related("copy__book", "member")

    def visible_to(self, viewer: roles.Viewer) -> Self:
        """A borrower sees their own loans, an owner who has their books now, the desk all."""
        if roles.works_at_desk(viewer):
            return self
        if not isinstance(viewer, User):
            return self.none()
        return self.filter(Q(member__user=viewer) | Q(copy__owner=viewer, returned_at__isnull=True))


class Loan(models.Model):
    """One copy in one member's hands, from checkout to return."""

    copy = models.ForeignKey(Copy, on_delete=models.PROTECT, related_name="loans")
    member = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        related_name="loans",
        help_text="Who had it; forgotten some time after the return.",
    )
    lent_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True, blank=True)
    renewals = models.PositiveSmallIntegerField(default=0)
    lent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = LoanQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(returned_at__isnull=True), name="open_loan_by_due_date"),
            models.Index(fields=["returned_at"], condition=Q(member__isnull=False), name="loan_to_forget"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["copy"], condition=Q(returned_at__isnull=True), name="one_open_loan_per_copy"
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=False) | Q(member__isnull=False), name="open_loan_has_a_borrower"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.copy} to {self.member or 'somebody'}"

    @property
    def is_overdue(self) -> bool:
        return self.returned_at is None and self.due_at < timezone.now()


class HoldState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    READY = "ready", "Ready to be picked up"
    PICKED_UP = "picked_up", "Picked up"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"


ACTIVE = [HoldState.WAITING, HoldState.READY]


class HoldQuerySet(models.QuerySet["Hold"]):
    def active(self) -> Self:
        return self.filter(state__in=ACTIVE)

    def waiting(self) -> Self:
        """Those in the queue, the first in line first."""
        return self.filter(state=HoldState.WAITING).order_by("placed_at", "id")

    def visible_to(self, viewer: roles.Viewer) -> Self:
        if roles.works_at_desk(viewer):
            return self
        return self.filter(member__user=viewer) if isinstance(viewer, User) else self.none()


class Hold(models.Model):
    """A place in the queue for a book; `copy` is the one that waits on the holds shelf once ready."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="holds")
    copy = models.ForeignKey(Copy, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="holds")
    state = models.CharField(max_length=10, choices=HoldState, default=HoldState.WAITING)
    placed_at = models.DateTimeField(default=timezone.now)
    ready_until = models.DateTimeField(null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["placed_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "member"], condition=Q(state__in=ACTIVE), name="one_hold_per_book_and_member"
            ),
            models.UniqueConstraint(
                fields=["copy"], condition=Q(state=HoldState.READY), name="one_ready_hold_per_copy"
            ),
            models.CheckConstraint(
                condition=~Q(state=HoldState.READY) | Q(copy__isnull=False, ready_until__isnull=False),
                name="ready_hold_has_its_copy",
            ),
            models.CheckConstraint(condition=Q(state__in=HoldState.values), name="hold_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.book} for {self.member}"
