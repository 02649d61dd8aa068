"""The books that go out, each with the copies that whoever asks may see; read in pages by key, never all at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from bookplate.catalog.exporting import kept
from bookplate.catalog.filters import Filters, find
from bookplate.catalog.importing.readers.fields import Marc
from bookplate.catalog.importing.readers.own import FIELDS
from bookplate.catalog.importing.records import Held
from bookplate.catalog.models import Copy
from bookplate.catalog.search import spelling
from bookplate.people.roles import Viewer, keeps_catalogue

AT_ONCE = 1_000


class Entry(NamedTuple):
    """A book as it leaves; an empty text or `None` is unknown."""

    number: int
    title: str
    author: str = ""
    published_year: int | None = None
    isbn: str | None = None
    publisher: str = ""
    edition: str = ""
    language: str = ""
    subjects: str = ""
    copies: tuple[Held, ...] = ()
    marc: Marc | None = None
    """The record that it came from, as far as whoever asks may see it."""


@dataclass(frozen=True)
class Selection:
    """What is wanted, and by whom."""

    filters: Filters = field(default_factory=Filters)
    viewer: Viewer = field(default_factory=AnonymousUser)
    by_operator: bool = False
    """Whoever runs the server has all copies."""

    def entries(self, *, with_marc: bool = False) -> Iterator[Entry]:
        """By number. A misspelt search finds what it found on the page."""
        found = False
        for entry in self._entries(self.filters, with_marc):
            found = True
            yield entry
        if not found and (meant := spelling.meant(self.filters)):
            yield from self._entries(meant, with_marc)

    def _entries(self, filters: Filters, with_marc: bool) -> Iterator[Entry]:
        books = find(filters, self.viewer).order_by("id").values_list("id", *FIELDS)
        page = list(books[:AT_ONCE])
        while page:
            copies = self._copies([number for number, *_ in page])
            records = kept.of(copies, self._sees_all) if with_marc else {}
            yield from (Entry._make((*row, tuple(copies[row[0]]), records.get(row[0]))) for row in page)
            page = list(books.filter(id__gt=page[-1][0])[:AT_ONCE]) if len(page) == AT_ONCE else []

    def _copies(self, books: Sequence[int]) -> dict[int, list[Held]]:
        rows = self._visible().filter(book__in=books).order_by("id")
        found: dict[int, list[Held]] = {book: [] for book in books}
        for book, barcode, shelfmark in rows.values_list("book", "barcode", "shelfmark"):
            found[book].append(Held(barcode, shelfmark))
        return found

    @property
    def _sees_all(self) -> bool:
        """Also what a cataloguer wrote for other cataloguers."""
        return self.by_operator or keeps_catalogue(self.viewer)

    def _visible(self) -> "QuerySet[Copy]":
        return Copy.objects.all() if self.by_operator else Copy.objects.visible_to(self.viewer)
