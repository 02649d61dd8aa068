"""Goodreads' "Export library" in its three ages (24, 27 and 31 columns)."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from bookplate.catalog.importing import cleaning
from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.cleaning import clean
from bookplate.catalog.importing.readers import rows
from bookplate.catalog.importing.readers.table import Cells, item
from bookplate.catalog.importing.records import START, Draft, Failed, Item, Place

_COLUMNS = {
    "title": "Title",
    "author": "Author",
    "more_authors": "Additional Authors",
    # Not "Original Publication Year": a book here is an edition, and that year is the work's.
    "published_year": "Year Published",
    "publisher": "Publisher",
}
# Both name the same edition; the longer is preferred.
_ISBN = ("ISBN13", "ISBN")
_TELLING = {"Book Id", "Title", "Author l-f", "Exclusive Shelf", *_ISBN}


class Goodreads:
    name = "goodreads"
    label = "Goodreads export"
    suffix = ".csv"
    noun = "rows"
    skips = "no books"
    into = Books

    def recognises(self, head: bytes) -> bool:
        how = rows.layout(head)
        return how is not None and set(how.header) >= _TELLING

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        how = rows.layout_of(path)
        columns = {field: [how.header.index(name)] for field, name in _COLUMNS.items() if name in how.header}
        columns["isbn"] = [how.header.index(name) for name in _ISBN]
        for row in rows.rows(path, how, start):
            yield item(row, partial(_draft, Cells(row.cells, columns)))

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        return rows.write_back(path, failures)


def _draft(cells: Cells) -> Draft:
    authors = [*cells.every("author"), *cells.every("more_authors")]
    return Draft(
        title=cells.literal("title"),
        author=", ".join(filter(None, map(clean, authors))),
        published_year=cleaning.year(cells.first("published_year")),
        isbn=cleaning.isbn_of_row(cells.every("isbn")),
        publisher=cells.first("publisher"),
    )
