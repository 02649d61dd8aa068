"""What a reader hands on: for each record of the file a draft of what it is about, or why there is none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from bookplate.catalog.importing.batches import Batch

# How much of a record is kept for mending; a longer one is damaged, or no record at all.
LONGEST = 1_000_000


class Place(NamedTuple):
    """Where reading goes on: after which record, at which byte."""

    position: int = 0
    offset: int = 0


START = Place()


class Held(NamedTuple):
    """A copy as the file describes it; a row may have a shelf mark and no barcode."""

    barcode: str
    shelfmark: str = ""


@dataclass(slots=True)
class Draft:
    """A book as the file describes it; an empty text or `None` is unknown."""

    title: str = ""
    author: str = ""
    published_year: int | None = None
    isbn: str | None = None
    publisher: str = ""
    edition: str = ""
    language: str = ""
    subjects: str = ""
    copies: tuple[Held, ...] = ()
    """Those that the record tells of, if it does."""
    untitled: str = ""
    """Why it has no title, where others were asked for it."""
    complete: bool = False
    """Whether these are all: a list of Bookplate's own, in which a book may have none."""
    marc: bytes = field(default=b"", repr=False, compare=False)
    """The record that says all this and more, to be kept with the book: packed, for a batch of them is thousands of
    objects, through which Python would go again and again in search of garbage."""


@dataclass(frozen=True, slots=True)
class Item:
    """One record of the file: its number, the byte at which it begins, the byte after it, itself."""

    position: int
    offset: int
    end: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Record(Item):
    """A record with its draft, of the kind that its reader's `into` takes."""

    draft: Any


@dataclass(frozen=True, slots=True)
class Broken(Item):
    """A record that cannot be brought in; `reason` tells a librarian why, `field` where if that is known."""

    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Skipped(Item):
    """A record that there is nothing to do about: an authority or a holding, a loan that is over."""


class Failed(NamedTuple):
    """A record that was not brought in, as it is written back for mending."""

    position: int
    offset: int
    field: str
    reason: str
    content: bytes


class Unfit(ValueError):
    """A record holds a value that cannot be believed or kept."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class Unreadable(ValueError):
    """A file cannot be read at all; the text says why and what to do."""


class Reader(Protocol):
    """One format. To add a format, write one file with one of these and list it in `readers`."""

    @property
    def name(self) -> str:
        """Kept with the import; never changes."""

    @property
    def label(self) -> str:
        """What a librarian calls it."""

    @property
    def suffix(self) -> str:
        """What a file of it is usually called by, such as ".csv"."""

    @property
    def noun(self) -> str:
        """What its records are called when they are counted, such as "rows"."""

    @property
    def skips(self) -> str:
        """What those are that it passes over, such as "no books"."""

    @property
    def into(self) -> "type[Batch[Any]]":
        """What its drafts become."""

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins like this is one of these."""

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        """Every record after `start`, in order, one at a time; raises `Unreadable`."""

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        """A file of the same format with the failed records of the file at `path`."""


@runtime_checkable
class Tabular(Protocol):
    """A format of which the columns have names that anybody may choose, so that some may not be read."""

    def places(self, header: Sequence[str]) -> dict[str, list[int]]:
        """For our fields the columns of a table with this header, counted from 0."""


def attempt(item: Item, draft: Callable[[], object | None]) -> Item:
    """The item with its draft, skipped without one, or broken when its values are `Unfit`."""
    place = (item.position, item.offset, item.end, item.content)
    try:
        made = draft()
    except Unfit as error:
        return Broken(*place, reason=str(error), field=error.field)
    return Record(*place, draft=made) if made else Skipped(*place)
