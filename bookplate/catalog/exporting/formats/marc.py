"""MARC 21 in exchange format (ISO 2709), in UTF-8."""

from collections.abc import Iterable, Iterator

from bookplate.catalog.exporting.entries import Entry
from bookplate.catalog.exporting.marc_record import record_of
from bookplate.catalog.importing.readers import iso2709


class MARC21:
    name = "marc"
    label = "MARC 21"
    suffix = ".mrc"
    with_marc = True
    content_type = "application/marc"

    def write(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        for entry in entries:
            yield iso2709.written(record_of(entry))
