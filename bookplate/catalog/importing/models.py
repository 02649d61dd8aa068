"""An import: one file being brought in, how far it is, and the records of it that failed."""

import shutil
from functools import partial
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

COUNTS = ("created", "updated", "unchanged", "failed", "skipped")


class State(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Stopped by a problem"
    CANCELLED = "cancelled", "Cancelled"


class ImportQuerySet(models.QuerySet["Import"]):
    def unfinished(self) -> Self:
        """Those that a worker has yet to begin, or was killed over."""
        return self.filter(state__in=[State.WAITING, State.RUNNING])


class Import(models.Model):
    """One file; its counts and place are saved with each batch of books, so that they are always true."""

    name = models.CharField("name of the file", max_length=255)
    format = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    dry_run = models.BooleanField("only try", default=False, help_text="Says what would happen and changes no book.")
    copies = models.PositiveSmallIntegerField("copies of each new book", default=0)
    size = models.BigIntegerField("size in bytes")
    offset = models.BigIntegerField("bytes done", default=0)
    position = models.PositiveIntegerField("number of the last record done", default=0)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0, help_text="Records that describe no book, such as authorities.")
    problem = models.TextField(blank=True, help_text="Why the file could not be read to its end.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="imports"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(read=F("created") + F("updated") + F("unchanged") + F("failed") + F("skipped")),
                name="import_accounts_for_every_record",
            ),
            models.CheckConstraint(condition=Q(offset__gte=0, offset__lte=F("size")), name="import_is_within_its_file"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="import_state_is_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def home(self) -> Path:
        """The folder of the file as it came and of what failed."""
        return Path(settings.MEDIA_ROOT) / "imports" / str(self.pk)

    @property
    def original(self) -> Path:
        return self.home / "original"

    @property
    def has_file(self) -> bool:
        return self.original.exists()

    def forget(self) -> bool:
        """Delete the file and what failed of it, the counts stay; whether there was something."""
        deleted, _ = self.failures.all().delete()
        had_file = self.has_file
        transaction.on_commit(partial(shutil.rmtree, self.home, ignore_errors=True))
        return had_file or deleted > 0

    @property
    def is_over(self) -> bool:
        return self.state in (State.DONE, State.FAILED, State.CANCELLED)

    @property
    def percent(self) -> int:
        return 100 if self.state == State.DONE else min(99, self.offset * 100 // max(self.size, 1))


class ImportFailure(models.Model):
    """One record that was not brought in, kept whole so that it can be mended."""

    job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="failures", verbose_name="import")
    position = models.PositiveIntegerField(help_text="Row as a spreadsheet shows it, or number of the MARC record.")
    offset = models.BigIntegerField("byte at which it begins")
    field = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=1000)
    content = models.BinaryField()

    class Meta:
        ordering = ["job", "position"]
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="import_record_fails_once")]

    def __str__(self) -> str:
        return f"{self.position}: {self.reason}"
