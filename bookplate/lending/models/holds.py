"""Holds: who waits for which book, or asks somebody for a copy of theirs."""

from datetime import date, datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Case, Count, Exists, Expression, F, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, State
from bookplate.core.models import at_most
from bookplate.people import roles
from bookplate.people.models import Member, User


class HoldState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    READY = "ready", "Ready to be picked up"
    PICKED_UP = "picked_up", "Picked up"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"
    REFUSED = "refused", "Refused"


ACTIVE = [HoldState.WAITING, HoldState.READY]
TOLD_FOR = timedelta(days=14)
# The order of a queue: as people came, unless a librarian said otherwise.
IN_LINE = ("rank", "placed_at", "id")


class HoldQuerySet(models.QuerySet["Hold"]):
    def active(self) -> Self:
        return self.filter(state__in=ACTIVE)

    def waiting(self) -> Self:
        """Those in the queue, the first in line first."""
        return self.filter(state=HoldState.WAITING).order_by(*IN_LINE)

    def not_suspended(self, today: date | Expression) -> Self:
        return self.filter(Q(suspended_until__isnull=True) | Q(suspended_until__lte=today))

    def for_library(self) -> Self:
        """Those that a copy of the library's ends; the others ask a person or a group for theirs."""
        return self.filter(_of_library())

    def to_pull(self, today: date) -> Self:
        """Those for whom a copy of the library's stands on its shelf: each with `turn`, 1 for who is next."""
        line = Hold.objects.waiting().not_suspended(today).for_library().filter(book=OuterRef("book"))
        here = Copy.objects.of_library().available().filter(book=OuterRef("book"))
        waits = self.filter(state=HoldState.WAITING).not_suspended(today).for_library()
        waits = waits.annotate(turn=_count(line.filter(_in_front() | Q(pk=OuterRef("pk")))), here=_count(here))
        return waits.filter(Q(wanted__isnull=True) | Q(wanted__state=State.IN), turn__lte=F("here"))

    def ended_by(self, copy: Copy) -> Self:
        """Those that lending `copy` would end."""
        fits = Q(wanted=copy.pk) if copy.is_somebodys else Q(wanted=copy.pk) | Q(wanted__isnull=True)
        return self.filter(fits, book=copy.book_id)

    def about(self, copy: Copy) -> Self:
        """Those for which it must be `copy`, and the one that it is set aside for."""
        return self.filter(Q(wanted=copy) | Q(copy=copy))

    def asking(self, user: User) -> Self:
        """Requests to `user`, for copies of their own or of their group's."""
        return self.filter(Q(wanted__owner=user) | Q(wanted__owner_group=user.group_id))

    def overdue_at_shelf(self, now: datetime) -> Self:
        """Ready ones that nobody fetched in time."""
        return self.filter(state=HoldState.READY, ready_until__lt=now)

    def told_of(self, now: datetime) -> Self:
        """What whoever waits should see: active ones, and what was refused, for two weeks or until they ask again."""
        same = Q(wanted=OuterRef("wanted")) | Q(wanted__isnull=True, book=OuterRef("book"))
        again = Hold.objects.filter(same, member=OuterRef("member"), pk__gt=OuterRef("pk"))
        refused = Q(~Exists(again), state=HoldState.REFUSED, ended_at__gt=now - TOLD_FOR)
        return self.filter(Q(state__in=ACTIVE) | refused)

    def behind(self, hold: "Hold") -> Self:
        later = Q(rank=hold.rank) & (Q(placed_at__gt=hold.placed_at) | Q(placed_at=hold.placed_at, id__gt=hold.pk))
        return self.filter(Q(rank__gt=hold.rank) | later)

    def with_copy(self) -> Self:
        return self.select_related("book", "copy", "wanted", "member")

    def with_place(self) -> Self:
        """`place` is 1 for the first of those who wait in the same line, and null for whoever does not wait."""
        line = Hold.objects.filter(state=HoldState.WAITING).filter(_in_front() | Q(pk=OuterRef("pk")))
        waits = Q(state=HoldState.WAITING)
        library = When(waits & _of_library(), then=_count(line.for_library().filter(book=OuterRef("book"))))
        asked = When(waits, then=_count(line.filter(wanted=OuterRef("wanted"))))
        return self.annotate(place=Case(library, asked, default=None, output_field=models.IntegerField()))

    def visible_to(self, viewer: roles.Viewer) -> Self:
        """Who waits sees their own holds, an owner (or their group) who asks for theirs, the desk all."""
        if roles.works_at_desk(viewer):
            return self
        if not isinstance(viewer, User):
            return self.none()
        asks = Q(wanted__owner=viewer) | Q(wanted__owner_group=viewer.group_id)
        return self.filter(Q(member__user=viewer) | Q(asks, state__in=ACTIVE))


def _of_library() -> Q:
    return Q(wanted__isnull=True) | Q(wanted__owner__isnull=True, wanted__owner_group__isnull=True)


def _in_front() -> Q:
    """Whoever comes before the hold of the outer query."""
    rank, placed, number = (OuterRef(name) for name in IN_LINE)
    return Q(rank__lt=rank) | Q(rank=rank, placed_at__lt=placed) | Q(rank=rank, placed_at=placed, id__lt=number)


def _count(rows: "models.QuerySet[Any]") -> Subquery:
    # One group of all rows: a plain count would leave out the outer query.
    return Subquery(rows.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n"))


class Hold(models.Model):
    """A place in the queue for a book, or a request to whoever owns one copy.

    `copy` is the one that waits for them once ready; `wanted` the only one that will do, if it must be that one.
    """

    place: int | None = None
    """See `HoldQuerySet.with_place`."""
    turn: int
    """See `HoldQuerySet.to_pull`."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="holds")
    copy = models.ForeignKey(Copy, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    wanted = models.ForeignKey(
        Copy,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="asked_for",
        help_text="The one copy that will do; empty when any of the library's will.",
    )
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="holds")
    state = models.CharField(max_length=10, choices=HoldState, default=HoldState.WAITING)
    placed_at = models.DateTimeField(default=timezone.now)
    rank = models.IntegerField(default=0, editable=False, help_text="The lower, the nearer to the front.")
    ready_until = models.DateTimeField(null=True, blank=True)
    suspended_until = models.DateField(null=True, blank=True, help_text="Passed over before this day.")
    message = models.CharField(max_length=300, blank=True, help_text="What whoever asks said to the owner of the copy.")
    answer = models.CharField(max_length=300, blank=True, help_text="What the owner of the copy, or the library, said.")
    ended_at = models.DateTimeField(null=True, editable=False, help_text="When it ended without the book.")

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = [*IN_LINE]
        indexes = [
            models.Index(fields=["ready_until"], condition=Q(state=HoldState.READY), name="ready_hold_by_its_end")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "member"],
                condition=Q(state__in=ACTIVE, wanted__isnull=True),
                name="one_hold_per_book_and_member",
            ),
            models.UniqueConstraint(
                fields=["wanted", "member"], condition=Q(state__in=ACTIVE), name="one_hold_per_copy_and_member"
            ),
            models.UniqueConstraint(
                fields=["copy"], condition=Q(state=HoldState.READY), name="one_ready_hold_per_copy"
            ),
            models.CheckConstraint(
                condition=~Q(state=HoldState.READY) | Q(copy__isnull=False, ready_until__isnull=False),
                name="ready_hold_has_its_copy",
            ),
            models.CheckConstraint(condition=Q(state__in=HoldState.values), name="hold_state_is_known"),
            *at_most("hold", answer=300, message=300),
        ]

    def __str__(self) -> str:
        return f"{self.book} for {self.member}"

    @property
    def is_request(self) -> bool:
        """Whether it asks a person or a group for a copy of theirs."""
        return self.wanted is not None and self.wanted.is_somebodys

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def is_suspended(self) -> bool:
        return self.suspended_until is not None and self.suspended_until > timezone.localdate()
