"""The catalogue: editions (`Book`) and the physical books on somebody's shelf (`Copy`)."""

import secrets
from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import Exact
from django.utils import timezone
from stdnum import luhn

from bookplate.catalog.duplicates.titles import LONGEST_KEY
from bookplate.catalog.fields import ISBNField, TwinKeyField, WordsField
from bookplate.catalog.search.words import SOURCES
from bookplate.core.models import Audience, at_most
from bookplate.people import roles
from bookplate.people.fields import DerivingModel, DerivingQuerySet, SortKeyField
from bookplate.people.models import Group, User

# The oldest texts that libraries catalogue by year are of about 3000 BC.
OLDEST_YEAR = -4000
NO_YEAR = -9999


def not_in_the_future(year: int | None) -> None:
    if year is not None and year > timezone.localdate().year:
        raise ValidationError(f"{year} lies in the future.", code="future")


class BookQuerySet(DerivingQuerySet["Book"]):
    def bulk_update(self, objs: Iterable["Book"], fields: Iterable[str], batch_size: int | None = None) -> int:
        books, fields = list(objs), set(fields)
        if "isbn" in fields:
            for book in books:
                Book._meta.get_field("isbn").pre_save(book, add=False)
        return super().bulk_update(books, fields, batch_size)


class Book(DerivingModel):
    """An edition: the same for all its copies, public knowledge, and never hidden."""

    title = models.CharField(max_length=2000)
    author = models.CharField(max_length=2000, blank=True, help_text="As on the title page; several joined by commas.")
    published_year = models.SmallIntegerField(
        "year of publication",
        null=True,
        blank=True,
        validators=[MinValueValidator(OLDEST_YEAR), not_in_the_future],
        help_text="Empty when unknown, negative before Christ.",
    )
    isbn = ISBNField(
        "ISBN",
        unique=True,
        null=True,
        blank=True,
        error_messages={"unique": "There is a book with this ISBN already."},
        help_text="10 or 13 digits, with or without hyphens; books from before 1970 have none.",
    )
    publisher = models.CharField(max_length=1000, blank=True)
    edition = models.CharField(max_length=500, blank=True, help_text='Such as "2nd, revised".')
    language = models.CharField(max_length=8, blank=True, help_text='ISO 639 code, such as "en" or "grc".')
    subjects = models.CharField(max_length=20_000, blank=True, help_text="Headings, separated by semicolons.")
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    cover = models.CharField(max_length=32, blank=True, editable=False, help_text="What its pictures are kept by.")
    edited_at = models.DateTimeField(null=True, editable=False, help_text="When somebody last changed it by hand.")

    title_key = SortKeyField(max_length=200, sources=("title",))
    author_key = SortKeyField(max_length=200, sources=("author",))
    year_key = models.GeneratedField(
        expression=Coalesce(F("published_year"), NO_YEAR), output_field=models.SmallIntegerField(), db_persist=True
    )
    words = WordsField(sources=SOURCES)
    twin_key = TwinKeyField(max_length=LONGEST_KEY, sources=("title",))

    objects = BookQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=[key, "id"], name=f"book_by_{key}")
            for key in ("title_key", "author_key", "year_key", "added_at")
        ] + [
            # One for each order, so that a page of a rare language does not look through all the others.
            models.Index(fields=["language", *keys], name="_".join(["book_by_language", *keys[:-1]]))
            for keys in (["id"], ["title_key", "id"], ["author_key", "id"], ["year_key", "id"], ["added_at", "id"])
        ]
        # Duplicates are found by it alone (`duplicates/finding.py`): where all books have an ISBN they are no pair.
        indexes += [models.Index(fields=["twin_key", "isbn"], name="book_by_twin_key")]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="book_has_a_title"),
            models.CheckConstraint(condition=Exact(Length("isbn"), 13), name="isbn_has_13_digits"),
            models.CheckConstraint(condition=Q(published_year__gte=OLDEST_YEAR), name="book_year_is_plausible"),
            *at_most(
                "book", title=2000, author=2000, publisher=1000, edition=500, language=8, subjects=20_000, cover=32
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.author})" if self.author else self.title


class Visibility(models.TextChoices):
    EVERYONE = "everyone", "Everyone"
    MEMBERS = "members", "Signed-in people"
    GROUP = "group", "The owner's group"
    FRIENDS = "friends", "The owner's friends"
    OWNER = "owner", "Only the owner"


class State(models.TextChoices):
    """Where a copy is; written by the lending room alone."""

    IN = "in", "In"
    ON_LOAN = "on_loan", "On loan"
    HELD = "held", "Held"
    LOST = "lost", "Lost"
    DAMAGED = "damaged", "Damaged"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Kind(models.TextChoices):
    """How long a copy is lent, in three words; the days themselves are the lending room's policy."""

    BOOK = "book", "Lent as usual"
    SHORT = "short", "Short loan"
    REFERENCE = "reference", "Reference, not lent"


def new_barcode() -> str:
    """A barcode of 12 digits: 11 at random and a check digit (Luhn, ISO/IEC 7812-1)."""
    digits = f"3{secrets.randbelow(10**10):010}"
    return digits + luhn.calc_check_digit(digits)


class CopyQuerySet(models.QuerySet["Copy"]):
    def available(self) -> Self:
        return self.filter(state=State.IN)

    def of_library(self) -> Self:
        return self.filter(owner__isnull=True, owner_group__isnull=True)

    def visible_to(self, viewer: roles.Viewer) -> Self:
        """The only door to copies: what is not in here does not exist for `viewer`."""
        return self if roles.is_admin(viewer) else self.filter(_visible(viewer))


def _visible(viewer: roles.Viewer) -> Q:
    if not isinstance(viewer, User):
        return Q(visibility=Visibility.EVERYONE)
    visible = Q(visibility__in=[Visibility.EVERYONE, Visibility.MEMBERS]) | Q(owner=viewer.pk)
    visible |= Q(owner_group=viewer.group_id) | Q(visibility=Visibility.GROUP, owner__group=viewer.group_id)
    visible |= Q(visibility=Visibility.FRIENDS, owner__in=viewer.friends.values("pk"))
    if roles.works_at_desk(viewer):
        visible |= Q(owner__isnull=True, owner_group__isnull=True)
    return visible


class Copy(models.Model):
    """One physical book, owned by the library (no owner), a group or a user."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="copies")
    barcode = models.CharField(
        max_length=60, unique=True, default=new_barcode, error_messages={"unique": "This barcode is taken."}
    )
    shelfmark = models.CharField(max_length=200, blank=True, help_text="Where it stands.")
    kind = models.CharField("how it is lent", max_length=10, choices=Kind, default=Kind.BOOK)
    state = models.CharField(max_length=10, choices=State, default=State.IN, editable=False)
    visibility = models.CharField("visible to", max_length=10, choices=Visibility, default=Visibility.EVERYONE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="copies"
    )
    owner_group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, blank=True, related_name="copies")
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CopyQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "copies"
        indexes = [models.Index(fields=["book", "state"], name="copy_by_book_and_state")]
        constraints = [
            models.CheckConstraint(condition=~Q(barcode=""), name="copy_has_a_barcode"),
            *at_most("copy", barcode=60, shelfmark=200),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(owner_group__isnull=True), name="copy_has_one_owner"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="copy_state_is_known"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="copy_kind_is_known"),
            models.CheckConstraint(
                condition=Q(visibility__in=["everyone", "members", "owner"])
                | Q(visibility="group", owner__isnull=False)
                | Q(visibility="group", owner_group__isnull=False)
                | Q(visibility="friends", owner__isnull=False),
                name="copy_visibility_fits_owner",
                violation_error_message="Only a person's copy can be for friends; the library's own not for a group.",
            ),
        ]

    def __str__(self) -> str:
        return self.barcode

    @property
    def possible_visibilities(self) -> list[Visibility]:
        """Only a person has friends, and the library itself is in no group (as the constraint says)."""
        if self.owner_id:
            return list(Visibility)
        shared = [Visibility.EVERYONE, Visibility.MEMBERS, Visibility.OWNER]
        return [*shared, Visibility.GROUP] if self.owner_group_id else shared

    @property
    def is_somebodys(self) -> bool:
        """Whether a person or a group owns it, and not the library."""
        return self.owner_id is not None or self.owner_group_id is not None

    @property
    def is_available(self) -> bool:
        return self.state == State.IN

    def audience(self) -> tuple[Audience, int | None]:
        """Who hears of it when it is gone; while it exists, `CopyQuerySet.visible_to` decides."""
        match self.visibility:
            case Visibility.EVERYONE:
                return Audience.PUBLIC, None
            case Visibility.MEMBERS:
                return Audience.MEMBERS, None
            case Visibility.FRIENDS:
                return Audience.FRIENDS, self.owner_id
            case Visibility.GROUP:
                return Audience.GROUP, self.owner_group_id or (self.owner.group_id if self.owner else None)
        return self.owners_audience()

    def owners_audience(self) -> tuple[Audience, int | None]:
        """The owner alone: a person, a group, or for the library's copies the desk."""
        if self.owner_id:
            return Audience.USER, self.owner_id
        return (Audience.GROUP, self.owner_group_id) if self.owner_group_id else (Audience.STAFF, None)


# Kept at the end: it needs nothing of this file, and Django must find it here.
from bookplate.catalog.duplicates.models import Dismissal, Merge  # noqa: E402, F401
from bookplate.catalog.importing.models import Import, ImportFailure, ImportStep  # noqa: E402, F401
from bookplate.catalog.kept_marc import KeptMarc  # noqa: E402, F401
from bookplate.catalog.labels.models import BarcodeRun, LabelSheet  # noqa: E402, F401
from bookplate.catalog.metadata.models import Answer, Filling  # noqa: E402, F401
from bookplate.catalog.search.models import Word  # noqa: E402, F401
