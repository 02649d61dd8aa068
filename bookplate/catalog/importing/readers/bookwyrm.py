"""BookWyrm's "Export book list" (CSV): one row for each edition on the shelves of an account."""

from bookplate.catalog.importing import cleaning
from bookplate.catalog.importing.readers.export import Export
from bookplate.catalog.importing.readers.table import Cells, people
from bookplate.catalog.importing.records import Draft


def _draft(cells: Cells) -> Draft:
    return Draft(
        title=cells.literal("title"),
        author=people(cells.every("author")),
        isbn=cleaning.isbn_of_row(cells.every("isbn")),
    )


BOOKWYRM = Export(
    name="bookwyrm",
    label="BookWyrm export",
    telling=frozenset({"title", "author_text", "remote_id", "isbn_13"}),
    columns={"title": ["title"], "author": ["author_text"], "isbn": ["isbn_13", "isbn_10"]},
    draft=_draft,
)
