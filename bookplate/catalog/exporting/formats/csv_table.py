"""CSV for spreadsheets: UTF-8, one line for each copy, or for the book where there is none to see."""

from collections.abc import Iterable, Iterator

from bookplate.catalog.exporting.entries import Entry
from bookplate.catalog.importing.readers.own_table import HEADER
from bookplate.catalog.importing.records import Held
from bookplate.core import cells

_NO_COPY = (Held("", ""),)


class CSV:
    name = "csv"
    label = "CSV"
    suffix = ".csv"
    with_marc = False
    content_type = "text/csv; charset=utf-8"

    def write(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        yield cells.BOM
        yield from cells.lines(table(entries))


def table(entries: Iterable[Entry]) -> Iterator[list[str]]:
    """The names of the columns, then the rows, each cell safe."""
    yield list(HEADER)
    for entry in entries:
        book = ["" if value is None else cells.safe(str(value)) for value in entry[1:-2]]
        for barcode, shelfmark in entry.copies or _NO_COPY:
            yield [*book, cells.safe(barcode), cells.safe(shelfmark)]
