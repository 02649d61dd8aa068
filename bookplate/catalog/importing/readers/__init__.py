"""The formats that can be brought in, one file each; the content tells which, never the name."""

from dataclasses import replace
from typing import TYPE_CHECKING

from bookplate.catalog.importing.readers.bookwyrm import BOOKWYRM
from bookplate.catalog.importing.readers.calibre import CALIBRE
from bookplate.catalog.importing.readers.goodreads import GOODREADS
from bookplate.catalog.importing.readers.isbn_list import ISBNList
from bookplate.catalog.importing.readers.json_lines import JSONLines
from bookplate.catalog.importing.readers.librarything import LIBRARYTHING
from bookplate.catalog.importing.readers.librarything_json import LibraryThingJSON
from bookplate.catalog.importing.readers.marc import MARC
from bookplate.catalog.importing.readers.marcxml import MARCXML
from bookplate.catalog.importing.readers.own_table import OwnTable
from bookplate.catalog.importing.readers.packed import PACKED
from bookplate.catalog.importing.readers.storygraph import STORYGRAPH
from bookplate.catalog.importing.readers.table import Table
from bookplate.catalog.importing.records import Reader

if TYPE_CHECKING:
    from bookplate.catalog.importing.models import Import

# The pickiest first: a table takes any text with a title column.
READERS: list[Reader] = [
    MARC(),
    MARCXML(),
    LibraryThingJSON(),
    JSONLines(),
    OwnTable(),
    GOODREADS,
    LIBRARYTHING,
    STORYGRAPH,
    BOOKWYRM,
    CALIBRE,
    Table(),
    ISBNList(),
]
# Formats that the content does not tell: somebody has to choose them, or to unpack first.
_CHOSEN: list[Reader] = [PACKED]
# How much of a file's beginning is enough to tell.
HEAD = 65_536


def register(*higher: Reader) -> None:
    """Formats of a higher room, which go first: a list of loans has titles, too."""
    READERS[:0] = higher


def offer(*higher: Reader) -> None:
    """Formats of a higher room that somebody may choose."""
    _CHOSEN.extend(higher)


def recognise(head: bytes) -> Reader | None:
    return next((reader for reader in READERS if reader.recognises(head)), None)


def of(job: "Import") -> Reader:
    """That of the file as it was received, with what somebody said about its columns."""
    reader = named(job.format)
    return replace(reader, chosen=job.columns) if isinstance(reader, Table) else reader


def named(name: str) -> Reader:
    return next(reader for reader in (*READERS, *_CHOSEN) if reader.name == name)


def as_chosen(reader: Reader, packed: str) -> str:
    """The name of the format with what somebody chose about it while it was still packed, if it has that choice."""
    wanted = reader.name + packed.removeprefix(PACKED.name)
    return wanted if any(one.name == wanted for one in (*READERS, *_CHOSEN)) else reader.name
