"""Lists for the day: what is overdue, what to pull from the shelves, what came back; of the library's own copies.

All have one shape, so that a page, a spreadsheet and a program show the same lines.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from bookplate.catalog import paging
from bookplate.catalog.models import Book, Copy
from bookplate.catalog.paging import Page
from bookplate.core import cells
from bookplate.lending.models import Hold, Loan
from bookplate.people.models import Member
from bookplate.people.roles import Viewer

CHUNK = 500


@dataclass(frozen=True)
class Line:
    id: int
    """Of the loan, or of the hold."""
    book: Book
    copy: Copy | None
    """None when it was taken from its shelf at this very moment."""
    member: Member | None
    at: datetime


@dataclass(frozen=True)
class DayList:
    name: str
    """As it stands in addresses."""
    label: str
    when: str
    """What the time of each line says."""
    nothing: str
    ordering: str
    rows: Callable[[Viewer], "QuerySet[Any]"]
    lines: Callable[[Sequence[Any]], list[Line]]

    def page(self, viewer: Viewer, after: str, limit: int) -> tuple[list[Line], str]:
        """At most `limit` lines, and the cursor of the next page; raises `Invalid` for a wrong one."""
        page: Page[Any] = paging.page(self.rows(viewer), self.ordering, after, limit)
        return self.lines(page.items), page.next

    def as_csv(self, viewer: Viewer) -> Iterator[bytes]:
        """All of it, read in pieces."""
        yield cells.BOM + cells.line(["Title", "Author", "Barcode", "Shelfmark", "State", "Member", "Card", self.when])
        after: str | None = ""
        while after is not None:
            lines, following = self.page(viewer, after, CHUNK)
            yield from map(_csv_line, lines)
            after = following or None


def _csv_line(line: Line) -> bytes:
    copy, member = line.copy, line.member
    of_copy = [copy.barcode, copy.shelfmark, str(copy.get_state_display())] if copy else ["", "", ""]
    of_member = [str(member), member.card] if member else ["", ""]
    day = timezone.localdate(line.at).isoformat()
    return cells.line([line.book.title, line.book.author, *of_copy, *of_member, day])


def _overdue(viewer: Viewer) -> "QuerySet[Loan]":
    return Loan.objects.visible_to(viewer).overdue().for_library().with_copy()


def _to_pull(viewer: Viewer) -> "QuerySet[Hold]":
    return Hold.objects.visible_to(viewer).to_pull(timezone.localdate()).with_copy()


def _returned(viewer: Viewer) -> "QuerySet[Loan]":
    """Today, and not by being lost; whose borrower is forgotten is not of today."""
    morning = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    back = Loan.objects.visible_to(viewer).filter(returned_at__gte=morning, lost=False, member__isnull=False)
    return back.for_library().with_copy()


def _of_due(loans: Sequence[Loan]) -> list[Line]:
    return [Line(loan.pk, loan.copy.book, loan.copy, loan.member, loan.due_at) for loan in loans]


def _of_returned(loans: Sequence[Loan]) -> list[Line]:
    return [
        Line(loan.pk, loan.copy.book, loan.copy, loan.member, loan.returned_at) for loan in loans if loan.returned_at
    ]


def _of_holds(holds: Sequence[Hold]) -> list[Line]:
    """Each with the copy to take: the one that must be it, or as many as wait, one for each."""
    here: dict[int, list[Copy]] = defaultdict(list)
    for copy in Copy.objects.of_library().available().filter(book__in={hold.book_id for hold in holds}).order_by("id"):
        here[copy.book_id].append(copy)
    return [
        Line(hold.pk, hold.book, _copy_for(hold, here[hold.book_id]), hold.member, hold.placed_at) for hold in holds
    ]


def _copy_for(hold: Hold, here: list[Copy]) -> Copy | None:
    return hold.wanted or next(iter(here[hold.turn - 1 : hold.turn]), None)


LISTS = {
    one.name: one
    for one in (
        DayList("overdue", "Overdue", "Due", "Nothing is overdue", "due_at", _overdue, _of_due),
        DayList(
            "to-pull",
            "To pull for holds",
            "Since",
            "Nobody waits for what is in",
            "book__title_key",
            _to_pull,
            _of_holds,
        ),
        DayList(
            "returned", "Came back today", "Back", "Nothing came back today", "-returned_at", _returned, _of_returned
        ),
    )
}
