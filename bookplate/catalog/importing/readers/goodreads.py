"""Goodreads' "Export library" in its three ages (24, 27 and 31 columns)."""

from bookplate.catalog.importing import cleaning
from bookplate.catalog.importing.readers.export import Export
from bookplate.catalog.importing.readers.table import Cells, people
from bookplate.catalog.importing.records import Draft

_COLUMNS = {
    "title": ["title"],
    "author": ["author"],
    "more_authors": ["additional authors"],
    # Not "Original Publication Year": a book here is an edition, and that year is the work's.
    "published_year": ["year published"],
    "publisher": ["publisher"],
    # Both name the same edition; the longer is preferred.
    "isbn": ["isbn13", "isbn"],
}


def _draft(cells: Cells) -> Draft:
    return Draft(
        title=cells.literal("title"),
        author=people([*cells.every("author"), *cells.every("more_authors")]),
        published_year=cleaning.year(cells.first("published_year")),
        isbn=cleaning.isbn_of_row(cells.every("isbn")),
        publisher=cells.first("publisher"),
    )


GOODREADS = Export(
    name="goodreads",
    label="Goodreads export",
    telling=frozenset({"book id", "title", "author l-f", "exclusive shelf", "isbn13", "isbn"}),
    columns=_COLUMNS,
    draft=_draft,
)
