"""A list of ISBNs, one a line, as a scanner leaves it.

It names books that are here already; what the others are called is asked of the sources (`importing/looking_up.py`).
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from bookplate.catalog import isbn
from bookplate.catalog.importing import cleaning
from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.readers import layouts, rows
from bookplate.catalog.importing.readers.layouts import Layout
from bookplate.catalog.importing.readers.lines import script
from bookplate.catalog.importing.readers.table import item
from bookplate.catalog.importing.records import START, Draft, Failed, Item, Place

# How many lines of the beginning are looked at, and how long a line with an ISBN may be.
_LINES, _LINE = 20, 40


class ISBNList:
    name = "isbns"
    label = "a list of ISBNs"
    suffix = ".csv"  # with the reasons beside them
    noun = "lines"
    skips = "no books"
    into = Books

    def recognises(self, head: bytes) -> bool:
        """Whether most of the first lines are ISBNs and the first is one."""
        text = head[script(head).bom :].decode(script(head).encoding, "replace")
        lines = [line.strip() for line in text[: _LINES * _LINE * 2].splitlines() if line.strip()][:_LINES]
        right = list(map(_is_isbn, lines))
        return any(right[:1]) and 2 * sum(right) > len(right)

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        for row in rows.rows(path, _layout(path), start):
            yield item(row, partial(_draft, row.cells))

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        return rows.written(_layout(path), failures)


def _is_isbn(line: str) -> bool:
    if len(line) > _LINE:
        return False
    try:
        return bool(isbn.normalise(line))
    except isbn.BadISBN:
        return False


def _layout(path: Path) -> Layout:
    with path.open("rb") as file:
        how = script(file.read(layouts.HEAD))
    return Layout(how, ",", ["isbn"], Place(0, how.bom))


def _draft(cells: list[str]) -> Draft:
    return Draft(isbn=cleaning.isbn_of_row(cells))
