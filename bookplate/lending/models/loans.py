"""Loans: which copy is in whose hands."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookplate.catalog.models import Copy
from bookplate.people import roles
from bookplate.people.models import Member, User


class LoanQuerySet(models.QuerySet["Loan"]):
    def open(self) -> Self:
        return self.filter(returned_at__isnull=True)

    def overdue(self, at: datetime | None = None) -> Self:
        return self.open().filter(due_at__lt=at or timezone.now())

    def for_library(self) -> Self:
        """Of the library's copies; the others are between people."""
        return self.filter(copy__owner__isnull=True, copy__owner_group__isnull=True)

    def with_copy(self) -> Self:
        return self.select_related("copy__book", "member")

    def with_terms(self) -> Self:
        """With what decides about a renewal: the kind of copy, and the terms of the borrower's group."""
        return self.with_copy().select_related("member__user__group__terms")

    def visible_to(self, viewer: roles.Viewer) -> Self:
        """A borrower sees their own loans, an owner (or their group) who has their books now, the desk all."""
        if roles.works_at_desk(viewer):
            return self
        if not isinstance(viewer, User):
            return self.none()
        theirs = Q(copy__owner=viewer.pk) | Q(copy__owner_group=viewer.group_id)
        return self.filter(Q(member__user=viewer.pk) | Q(theirs, returned_at__isnull=True))


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
    lost = models.BooleanField(default=False, help_text="It ended because the copy was lost, not by a return.")
    lent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = LoanQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(returned_at__isnull=True), name="open_loan_by_due_date"),
            # Without the open ones, or SQLite may look all of those through here for one member's.
            models.Index(
                fields=["returned_at"],
                condition=Q(member__isnull=False, returned_at__isnull=False),
                name="loan_to_forget",
            ),
            # Counted at each checkout, however much somebody has borrowed before.
            models.Index(fields=["member"], condition=Q(returned_at__isnull=True), name="open_loan_by_member"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["copy"], condition=Q(returned_at__isnull=True), name="one_open_loan_per_copy"
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=False) | Q(member__isnull=False), name="open_loan_has_a_borrower"
            ),
            models.CheckConstraint(
                condition=Q(lost=False) | Q(returned_at__isnull=False), name="open_loan_is_not_lost"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.copy} to {self.member or 'somebody'}"

    @property
    def is_overdue(self) -> bool:
        return self.returned_at is None and self.due_at < timezone.now()

    @property
    def was_late(self) -> bool:
        return self.returned_at is not None and self.due_at < self.returned_at
