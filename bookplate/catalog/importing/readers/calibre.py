"""Calibre's catalogue as CSV ("Create a catalog of the books"); of its database `unpacking` makes such a one."""

import re

from bookplate.catalog.importing import cleaning, languages
from bookplate.catalog.importing.cleaning import clean
from bookplate.catalog.importing.readers.export import Export
from bookplate.catalog.importing.readers.table import Cells
from bookplate.catalog.importing.records import Draft

# The names are Calibre's own. "identifiers" is such as "isbn:9780261102217,goodreads:5907".
COLUMNS = ("id", "title", "authors", "pubdate", "publisher", "languages", "tags", "isbn", "identifiers", "uuid")
_IDENTIFIED = re.compile(r"(?:^|,)\s*isbn:([^,]+)", re.IGNORECASE)
NEVER = "0101-01-01"  # its date for "unknown"


def _draft(cells: Cells) -> Draft:
    date = cells.first("published_year")
    return Draft(
        title=cells.literal("title"),
        author=", ".join(filter(None, (clean(name.replace("|", ",")) for name in cells.first("author").split("&")))),
        published_year=None if date.startswith(NEVER) else cleaning.year(date),
        isbn=cleaning.isbn_of_row([*cells.every("isbn"), *_IDENTIFIED.findall(cells.first("identifiers"))]),
        publisher=cells.first("publisher"),
        language=languages.code(cells.first("language").partition(",")[0]),
        subjects="; ".join(filter(None, map(clean, cells.first("subjects").split(",")))),
    )


CALIBRE = Export(
    name="calibre",
    label="Calibre library",
    telling=frozenset({"title", "authors", "pubdate", "uuid"}),
    columns={
        "title": ["title"],
        "author": ["authors"],
        "published_year": ["pubdate"],
        "publisher": ["publisher"],
        "language": ["languages"],
        "subjects": ["tags"],
        "isbn": ["isbn"],
        "identifiers": ["identifiers"],
    },
    draft=_draft,
)
