"""The MARC records that books came from, without what whoever asks may not see."""

from collections.abc import Iterator, Mapping, Sequence

from bookplate.catalog.importing.cleaning import clean
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.records import Held
from bookplate.catalog.kept_marc import KeptMarc
from bookplate.catalog.models import Copy

# Where records tell of single copies, and the subfield of their barcodes.
ITEMS = {"952": "p", "852": "p", "995": "f"}
# Holdings and what a library notes for itself; of some notes the first indicator says whether others may read them.
_HOLDINGS = {"583", "852", "876", "877", "878"}
_NOTES = {"541", "542", "561"}


def of(copies: Mapping[int, Sequence[Held]], sees_all: bool) -> dict[int, Marc]:
    """The record of each of these books that has one; `copies` are those that may be seen."""
    rows = KeptMarc.objects.filter(book__in=list(copies)).values_list("book", "packed")
    records = {book: Marc.unpacked(bytes(packed)) for book, packed in rows}
    if not sees_all:
        return {book: _keep(record, list(_public(record))) for book, record in records.items()}
    seen = {book: {copy.barcode for copy in copies[book]} for book in records}
    told = {barcode for book, record in records.items() for barcode in _barcodes(record) - seen[book]}
    # Copies that there are, elsewhere or out of sight; what was never taken as one is a field like any other.
    others = set(Copy.objects.filter(barcode__in=told).values_list("barcode", flat=True)) if told else set()
    return {book: _without(record, others) for book, record in records.items()}


def barcode(field: Field) -> str:
    return clean(field.get(ITEMS[field.tag])) if field.tag in ITEMS else ""


def _barcodes(record: Marc) -> set[str]:
    return set(filter(None, map(barcode, record.fields)))


def _without(record: Marc, others: set[str]) -> Marc:
    if not others:
        return record
    return _keep(record, [field for field in record.fields if barcode(field) not in others])


def _public(record: Marc) -> Iterator[Field]:
    for field in record.fields:
        private = field.tag in _NOTES and field.indicators[0] == "0"
        if not (private or field.tag.startswith("9") or field.tag in _HOLDINGS):
            yield field


def _keep(record: Marc, fields: list[Field]) -> Marc:
    return Marc(record.leader, tuple(fields))
