"""The MARC records that books came from, without what whoever asks may not see.

And without our own fields, which are made anew: they may tell of copies that were there in another library.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from bookplate.catalog.importing.cleaning import clean
from bookplate.catalog.importing.readers import own_marks
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.records import Held
from bookplate.catalog.kept_marc import KeptMarc
from bookplate.catalog.models import Copy


class Item(NamedTuple):
    """The codes of the subfields with a copy's barcode and shelf mark."""

    barcode: str
    shelfmark: str


# Where records tell of single copies.
ITEMS = {"952": Item("p", "o"), "852": Item("p", "hi"), "995": Item("f", "k")}
# Holdings and what a library notes for itself; of some notes the first indicator says whether others may read them.
_HOLDINGS = {"583", "852", "876", "877", "878"}
_NOTES = {"541", "542", "561"}


def of(copies: Mapping[int, Sequence[Held]], sees_all: bool) -> dict[int, Marc]:
    """The record of each of these books that has one; `copies` are those that may be seen."""
    rows = KeptMarc.objects.filter(book__in=list(copies)).values_list("book", "packed")
    records = {book: _untouched(Marc.unpacked(bytes(packed))) for book, packed in rows}
    if not sees_all:
        return {book: _keep(record, list(_public(record))) for book, record in records.items()}
    seen = {book: {copy.barcode for copy in copies[book]} for book in records}
    told = {
        book: set(chain.from_iterable(map(barcodes, record.fields))) - seen[book] for book, record in records.items()
    }
    # Copies that there are, elsewhere or out of sight; what was never taken as one is a field like any other.
    asked = set().union(*told.values())
    others = set(Copy.objects.filter(barcode__in=asked).values_list("barcode", flat=True)) if asked else set()
    return {book: _without(record, others & told[book]) for book, record in records.items()}


def barcodes(field: Field) -> list[str]:
    """Those of the copies that it tells of, as they stand there and as an import takes them."""
    if field.tag not in ITEMS:
        return []
    texts = [text for code, text in field.subfields if code == ITEMS[field.tag].barcode]
    return [text for text in dict.fromkeys([*texts, *map(clean, texts)]) if text]


def _untouched(record: Marc) -> Marc:
    if not any(map(own_marks.is_mark, record.fields)):
        return record
    return _keep(record, [field for field in record.fields if not own_marks.is_mark(field)])


def _without(record: Marc, others: set[str]) -> Marc:
    if not others:
        return record
    return _keep(record, [field for field in record.fields if others.isdisjoint(barcodes(field))])


def _public(record: Marc) -> Iterator[Field]:
    for field in record.fields:
        private = field.tag in _NOTES and field.indicators[0] == "0"
        if not (private or field.tag.startswith("9") or field.tag in _HOLDINGS):
            yield field


def _keep(record: Marc, fields: list[Field]) -> Marc:
    return Marc(record.leader, tuple(fields))
