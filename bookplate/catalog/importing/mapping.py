"""Saying what the columns of a table are, where their names do not tell; remembered for the next with the same ones."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

from django.db import transaction

from bookplate.catalog.importing.cleaning import clean
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.importing.readers import columns, layouts, rows
from bookplate.catalog.importing.readers.table import Table
from bookplate.catalog.importing.records import Broken, Draft, Reader, Record, Tabular
from bookplate.core.errors import Conflict, Invalid
from bookplate.core.models import locked
from bookplate.people.models import User
from bookplate.people.roles import is_signed_in

Places: TypeAlias = dict[str, int]
"""For our fields the columns, counted from 0."""

FIELDS = {
    "title": "Title",
    "subtitle": "Subtitle",
    "author": "Author",
    "more_authors": "Further authors",
    "isbn": "ISBN",
    "published_year": "Year",
    "publisher": "Publisher",
    "edition": "Edition",
    "language": "Language",
    "subjects": "Subjects",
    "shelfmark": "Shelf mark",
    "barcode": "Barcode of the copy",
}
_NEEDED = {"title", "isbn"}
_SHOWN = 5
_BEGINNINGS = ("<", "{", "[")
_LONGEST_NAME = 200
_LONGEST_EXAMPLE = 40


class NotAsked(Conflict):
    title = "The columns of this file are known"


class Seen(NamedTuple):
    """One row as it would be read: a draft, or why there is none."""

    position: int
    draft: Draft | None
    reason: str


def header_of(head: bytes) -> list[str]:
    """The names of a table's columns; none of a file that is no table of several columns."""
    how = layouts.of(head)
    if how is None or len(how.header) > layouts.MOST_COLUMNS:
        return []
    names = [" ".join(name.split()) for name in how.header]
    told = [name for name in names if name.strip()]
    text = "".join(names)
    usable = (
        len(told) > 1
        and b"\n" in head.strip()
        and text.isprintable()
        and not text.startswith(_BEGINNINGS)
        and "\ufffd" not in text
    )
    return names if usable and all(len(name) <= _LONGEST_NAME for name in names) else []


def header(job: Import) -> list[str]:
    with job.original.open("rb") as file:
        return header_of(file.read(layouts.HEAD))


def unused(job: Import, reader: Reader) -> list[str]:
    """The names of the columns of which nothing comes in; none of what is no table."""
    if not isinstance(reader, Tabular):
        return []
    names = header(job)
    used = {place for places in reader.places(names).values() for place in places}
    return [name for place, name in enumerate(names) if name and place not in used and name not in rows.OUR_COLUMNS]


def digest(names: Sequence[str]) -> str:
    """What the next file with the same columns is known by."""
    return hashlib.sha256("\x1f".join(map(columns.normal, names)).encode()).hexdigest() if names else ""


def remembered(names: Sequence[str], by: User | None) -> Places:
    """What was said of a file with the same columns the last time."""
    said = Import.objects.visible_to(by) if by and is_signed_in(by) else Import.objects.all()
    last = said.filter(header=digest(names)).exclude(columns={}).order_by("-id").first() if names else None
    return dict(last.columns) if last else {}


def guessed(names: Sequence[str]) -> Places:
    """What their names tell, for somebody to go on from."""
    return {field: places[0] for field, places in columns.recognise(names).items() if field in FIELDS}


def unknown(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names)
    return (
        f"What the columns are is not known: {shown}. Say which one is the title, or the ISBN, and what the others are."
    )


def places(told: Mapping[str, object], names: Sequence[str]) -> Places:
    """Where the columns are that were told by name, or by number from 1; raises `Invalid` on "columns"."""
    if strange := sorted(set(told) - FIELDS.keys()):
        raise Invalid("columns", f"“{strange[0]}” is no field of a book. There are: {', '.join(FIELDS)}.")
    if not names:
        raise Invalid("columns", "This file is no table with names in its first line, so there is nothing to choose.")
    found = {field: _place(column, names) for field, column in told.items()}
    if not _NEEDED & found.keys():
        raise Invalid("columns", "Say which column has the title, or the ISBN; without one no book can be told.")
    return found


def _place(column: object, names: Sequence[str]) -> int:
    if isinstance(column, str) and column in names:
        return names.index(column)
    if isinstance(column, int) and not isinstance(column, bool) and 1 <= column <= len(names):
        return column - 1
    raise Invalid("columns", f"There is no column “{str(column)[:100]}”. There are: {', '.join(names)}."[:1000])


def preview(job: Import, chosen: Places, most: int = _SHOWN) -> Iterator[Seen]:
    """The first rows as they would be read."""
    if not _NEEDED & chosen.keys():
        return
    for item in islice(Table(chosen).read(job.original), most):
        match item:
            case Record():
                yield Seen(item.position, item.draft, "")
            case Broken():
                yield Seen(item.position, None, item.reason)


def examples(job: Import) -> list[str]:
    """For each column what stands in it: its first cell with a text among the first rows."""
    how = layouts.of_file(job.original)
    first = [row.cells for row in islice(rows.rows(job.original, how), _SHOWN)]
    return [_example(cells[place] for cells in first if place < len(cells)) for place in range(len(how.header))]


def _example(cells: Iterable[str]) -> str:
    return next((text for cell in cells if (text := clean(cell[:_LONGEST_EXAMPLE]))), "")


@transaction.atomic
def choose(job: Import, told: Mapping[str, object], queue: Callable[[int], object]) -> Import:
    """Say what the columns of a file are that waits for it; raises `Invalid` and `NotAsked`."""
    found = places(told, header(job))
    job = locked(job)
    if job.state != State.ASKING:
        raise NotAsked("Somebody has said what its columns are, or has cancelled it. Bring the file in again.")
    job.columns, job.state = found, State.WAITING
    job.save(update_fields=["columns", "state"])
    queue(job.pk)
    return job
