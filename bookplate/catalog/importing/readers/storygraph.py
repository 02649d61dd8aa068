"""The StoryGraph's "Export StoryGraph library".

Its column "ISBN/UID" holds an ISBN where the edition has one, else an ASIN or a number of its own, which say
nothing to a library: only what can be an ISBN is taken for one.
"""

import re

from bookplate.catalog.importing import cleaning
from bookplate.catalog.importing.readers.export import Export
from bookplate.catalog.importing.readers.table import Cells, people
from bookplate.catalog.importing.records import Draft

_MAY_BE_ISBN = re.compile(r"^[\d\s-]{9,17}[\dXx]?$")


def _draft(cells: Cells) -> Draft:
    return Draft(
        title=cells.literal("title"),
        author=people(cells.every("author")),
        isbn=cleaning.isbn_of_row(filter(_MAY_BE_ISBN.match, cells.every("isbn"))),
    )


STORYGRAPH = Export(
    name="storygraph",
    label="StoryGraph export",
    telling=frozenset({"title", "authors", "isbn/uid", "read status"}),
    columns={"title": ["title"], "author": ["authors"], "isbn": ["isbn/uid"]},
    draft=_draft,
)
