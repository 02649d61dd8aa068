"""The three lists, as formats of the import: members, open loans, holds; told apart by their columns."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.utils import timezone

from bookplate.catalog.importing.batches import Batch
from bookplate.catalog.importing.cleaning import isbn_of_row
from bookplate.catalog.importing.readers import layouts, rows
from bookplate.catalog.importing.readers.columns import Columns
from bookplate.catalog.importing.readers.table import Cells, item, number
from bookplate.catalog.importing.records import START, Failed, Item, Place, Unfit, Unreadable
from bookplate.lending.moving import columns
from bookplate.lending.moving.dates import Dates, Order, order_of
from bookplate.lending.moving.holds import HoldDraft, Holds
from bookplate.lending.moving.loans import LoanDraft, Loans
from bookplate.lending.moving.members import MemberDraft, Members

DATES = ("expires_on", "due", "lent", "over", "placed", "ends")
_WHOLE = re.compile(r"^(\d{1,6})(?:[.,]0+)?$")


@dataclass(frozen=True)
class PeopleList:
    name: str
    label: str
    noun: str
    skips: str
    into: type[Batch[Any]]
    columns: Callable[[Sequence[str]], Columns | None]
    draft: Callable[[Cells, Dates], object | None]
    order: Order | None = None
    """Which comes first in its dates, where somebody chose."""
    suffix = ".csv"

    def recognises(self, head: bytes) -> bool:
        how = layouts.of(head)
        return how is not None and self.columns(how.header) is not None

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        how, found = self._layout(path)
        dates = Dates(self.order_in(path))
        for row in rows.rows(path, how, start):
            yield item(row, partial(self.draft, Cells(row.cells, found), dates))

    def places(self, header: Sequence[str]) -> Columns:
        return self.columns(header) or {}

    def order_in(self, path: Path) -> Order:
        """As somebody chose, else as the dates of the file tell."""
        return self.order or order_of(_dates(path, *self._layout(path)))

    def _layout(self, path: Path) -> tuple[layouts.Layout, Columns]:
        how = layouts.of_file(path)
        found = self.columns(how.header)
        if found is None:
            raise Unreadable(f"The columns of a list of {self.noun} were not recognised.")
        return how, found

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        return rows.write_back(path, failures)


def _dates(path: Path, how: layouts.Layout, found: Columns) -> Iterator[str]:
    """Every date of the file."""
    places = [place for field in DATES for place in found.get(field, ())]
    for row in rows.rows(path, how):
        yield from (row.cells[place] for place in places if place < len(row.cells))


def member(cells: Cells, dates: Dates) -> MemberDraft:
    firstname, lastname = _names(cells)
    group = cells.first("group")
    notes = filter(None, [f"Group: {group}" if group else "", cells.first("notes")])
    return MemberDraft(
        card=number(cells, "card", "the card"),
        firstname=firstname,
        lastname=lastname,
        expires_on=dates.read(cells.first("expires_on"), "expires_on"),
        notes="\n".join(notes),
    )


def loan(cells: Cells, dates: Dates) -> LoanDraft | None:
    if _is_past(dates.read(cells.first("over"), "returned")):
        return None
    return LoanDraft(
        barcode=number(cells, "barcode", "the copy"),
        card=number(cells, "card", "the card"),
        due=dates.read(cells.first("due"), "due"),
        lent=dates.read(cells.first("lent"), "lent"),
        renewals=whole(cells, "renewals") or 0,
    )


def hold(cells: Cells, dates: Dates) -> HoldDraft | None:
    if _is_past(dates.read(cells.first("over"), "cancelled")) or _is_past(dates.read(cells.first("ends"), "ends")):
        return None
    return HoldDraft(
        card=number(cells, "card", "the card"),
        barcode=number(cells, "barcode", "the copy"),
        isbn=isbn_of_row(cells.every("isbn")),
        title=cells.literal("title"),
        author=cells.first("author"),
        placed=dates.read(cells.first("placed"), "placed"),
        priority=whole(cells, "priority"),
    )


def _is_past(day: date | None) -> bool:
    return day is not None and day <= timezone.localdate()


def _names(cells: Cells) -> tuple[str, str]:
    """First name and surname; a name in one cell is cut at its comma, or before its last word."""
    first, last = cells.literal("firstname"), cells.literal("lastname")
    if not first and not last:
        first, last = _cut(cells.literal("name"))
    return (first, last) if first else (last, "")


def _cut(name: str) -> tuple[str, str]:
    surname, comma, rest = (part.strip() for part in name.partition(","))
    if comma and rest:
        return rest, surname
    first, _, last = surname.rpartition(" ")
    return first, last


def whole(cells: Cells, field: str) -> int | None:
    text = cells.first(field)
    if not text:
        return None
    if not (found := _WHOLE.match(text)):
        raise Unfit(field, f"“{text[:40]}” is not a whole number from 0 to 999999.")
    return int(found[1])


# The pickiest first: a list of loans may have titles and names, too.
LISTS = (
    PeopleList(
        name="loans",
        label="list of loans (card, barcode, date due)",
        noun="loans",
        skips="over already",
        into=Loans,
        columns=columns.of_loans,
        draft=loan,
    ),
    PeopleList(
        name="holds",
        label="list of holds (card, book, date or priority)",
        noun="holds",
        skips="over already",
        into=Holds,
        columns=columns.of_holds,
        draft=hold,
    ),
    PeopleList(
        name="members",
        label="list of members (card, name)",
        noun="members",
        skips="no members",
        into=Members,
        columns=columns.of_members,
        draft=member,
    ),
)
