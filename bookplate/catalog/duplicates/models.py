"""What librarians said about two books: that they are not the same, or that they are."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

# "title " and the key of one.
LONGEST_NAME = 206


class Dismissal(models.Model):
    """These two are not the same; they are not shown as duplicates again. The smaller number is the first."""

    first = models.ForeignKey("catalog.Book", on_delete=models.CASCADE, related_name="dismissals_before")
    second = models.ForeignKey("catalog.Book", on_delete=models.CASCADE, related_name="dismissals_after")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_dismissal_of_two_books"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="dismissal_is_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} is not {self.second_id}"


class MergeQuerySet(models.QuerySet["Merge"]):
    def in_force(self) -> Self:
        return self.filter(undone_at__isnull=True)


class Merge(models.Model):
    """Two books that became one, and all that is needed to make them two again.

    Numbers instead of foreign keys: the merged book is gone, and the kept one may go later.
    """

    kept = models.BigIntegerField("id of the book that stayed")
    merged = models.BigIntegerField("id of the book that became part of it")
    title = models.CharField(max_length=2000, help_text="Of the book that became part of the other.")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)
    values = models.JSONField(help_text="Of `kept` and `merged` as they were, and of `after`: the kept one since.")
    moved = models.JSONField(help_text="The ids of the copies and holds that went along, and of holds that ended.")
    # Names by which a list found the books before, and finds neither any more: `importing.matching.lost_name`.
    kept_name = models.CharField(max_length=LONGEST_NAME, blank=True, editable=False)
    merged_name = models.CharField(max_length=LONGEST_NAME, blank=True, editable=False)
    besides = models.TextField(blank=True, help_text="Rows that went with the merged book, as Django writes them.")

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=[name], name=f"merge_by_{name}") for name in ("kept_name", "merged_name")]
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at__isnull=True), name="one_merge_of_a_book_in_force"
            ),
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_is_of_two_books"),
        ]

    def __str__(self) -> str:
        return f"{self.merged} into {self.kept}"
