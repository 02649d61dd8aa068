"""An import: one file being brought in, how far it is, and the records of it that failed."""

import shutil
from functools import partial
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from bookplate.catalog.models import Book
from bookplate.core.models import Audience, at_most
from bookplate.people import roles
from bookplate.people.models import Group, User

COUNTS = ("created", "updated", "unchanged", "failed", "skipped")


class State(models.TextChoices):
    ASKING = "asking", "Waits for its columns"
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Stopped by a problem"
    CANCELLED = "cancelled", "Cancelled"
    UNDOING = "undoing", "Being undone"
    UNDONE = "undone", "Undone"


OVER = (State.DONE, State.FAILED, State.CANCELLED)


class ImportQuerySet(models.QuerySet["Import"]):
    def unfinished(self) -> Self:
        """Those that are not done yet, or that a worker was killed over."""
        return self.filter(state__in=[State.ASKING, State.WAITING, State.RUNNING])

    def visible_to(self, viewer: roles.Viewer) -> Self:
        """Librarians see the library's, everybody those for their own shelf, an admin all."""
        if roles.is_admin(viewer) or not isinstance(viewer, User):
            return self if roles.is_admin(viewer) else self.none()
        own = Q(owner=viewer)
        return self.filter(own | Q(owner__isnull=True) | Q(by=viewer) if roles.keeps_catalogue(viewer) else own)


class Import(models.Model):
    """One file; its counts and place are saved with each batch of books, so that they are always true."""

    name = models.CharField("name of the file", max_length=255)
    format = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    dry_run = models.BooleanField("only try", default=False, help_text="Says what would happen and changes no book.")
    copies = models.PositiveSmallIntegerField("copies of each new book", default=0)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="imports_for",
        help_text="Whose shelf the books come to; nobody's are the library's.",
    )
    owner_group = models.ForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, related_name="imports", help_text="Or which group's."
    )
    shelfmark = models.CharField(max_length=200, blank=True, help_text="Of the copies that the file gives none.")
    visibility = models.CharField(max_length=10, default="everyone", help_text="Whom the copies are visible to.")
    columns = models.JSONField(default=dict, blank=True, help_text="What somebody said the columns are.")
    header = models.CharField(max_length=64, blank=True, help_text="Digest of the names of its columns.")
    unused_columns = models.JSONField(
        default=list, blank=True, help_text="Names of the columns that Bookplate has no place for, once it is read."
    )
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
    kept = models.JSONField(default=list, blank=True, help_text="Numbers of the books that stayed when it was undone.")
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
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(owner_group__isnull=True), name="import_is_for_one_shelf"
            ),
            *at_most("import", shelfmark=200),
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
        return self.state in (*OVER, State.UNDONE)

    @property
    def is_for_somebody(self) -> bool:
        """Whether its copies are a person's or a group's, and not the library's."""
        return self.owner_id is not None or self.owner_group_id is not None

    @property
    def for_whom(self) -> str:
        """Whose shelf it is for, by name; empty for the library's."""
        return self.owner.username if self.owner else self.owner_group.name if self.owner_group else ""

    @property
    def percent(self) -> int:
        done = self.state in (State.DONE, State.UNDONE)
        return 100 if done else min(99, self.offset * 100 // max(self.size, 1))

    def kept_books(self) -> "models.QuerySet[Book]":
        """Those that stayed when it was undone, as somebody had edited them."""
        return Book.objects.filter(pk__in=self.kept)

    def audience(self) -> tuple[Audience, int | None]:
        return (Audience.USER, self.owner_id) if self.owner_id else (Audience.STAFF, None)


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


class ImportStep(models.Model):
    """What one batch wrote, so that it can be undone."""

    job = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="steps", verbose_name="import")
    created = models.JSONField(help_text="For each table the numbers of its new rows.")
    changed = models.JSONField(help_text="For each table and row the changed fields, as they were and became.")

    class Meta:
        ordering = ["job", "id"]

    def __str__(self) -> str:
        return f"{self.job} {self.pk}"
