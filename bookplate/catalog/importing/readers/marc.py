"""MARC 21 and UNIMARC in exchange format (ISO 2709): `.mrc`, `.marc`, `.dat`."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.readers import bibliographic, iso2709
from bookplate.catalog.importing.readers.charsets import SUBFIELD
from bookplate.catalog.importing.readers.iso2709 import END_OF_FIELD, END_OF_RECORD, ENTRY, LEADER
from bookplate.catalog.importing.records import LONGEST, START, Broken, Draft, Failed, Item, Place, Unfit, attempt

_LEADER = re.compile(rb"(?:^|\x1d)(?:\xef\xbb\xbf)?[\s\0]*[\d ]{5}[^\x1d-\x1f]{7}\d{5}")
# A whole leader as it is nearly always written, told from any text that a field may hold.
_INNER_LEADER = re.compile(rb"\d{5}[a-z]{2}[\x20-\x7e]{3}22\d{5}[\x20-\x7e]{3}45[0 ]{2}")
_CHUNK = 1 << 18
# Between records: line ends and a byte order mark that a text editor put in, the byte that ends a file of CP/M or DOS.
_BETWEEN = b" \r\n\t\0\x1a\x1c\xef\xbb\xbf"


class MARC:
    name = "marc"
    label = "MARC (ISO 2709)"
    suffix = ".mrc"
    noun = "records"
    skips = "no books"
    into = Books

    def recognises(self, head: bytes) -> bool:
        return END_OF_FIELD in head and SUBFIELD in head and bool(_LEADER.search(head))

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        with path.open("rb") as file:
            for position, (offset, raw, end) in enumerate(_cut(file, start.offset), start.position + 1):
                item = Item(position, offset, end, raw[:LONGEST])
                if len(raw) > LONGEST:
                    fault = f"No record ends within {LONGEST:,} bytes: this part of the file is damaged."
                    yield Broken(position, offset, end, raw[:LONGEST], reason=fault)
                else:
                    yield attempt(item, partial(_draft, raw))

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        for failure in failures:
            # What was cut off must not swallow the next.
            yield failure.content.removesuffix(END_OF_RECORD) + END_OF_RECORD


def _draft(raw: bytes) -> Draft | None:
    return bibliographic.to_keep(iso2709.parse(raw))


def _cut(file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes, int]]:
    """Where each record begins, its bytes with the terminator, and where it ends.

    Cut at the terminator: readers that trust the length in the leader lose every record after the
    first wrong one. Of what is no record for megabytes only the beginning is kept.
    """
    file.seek(offset)
    rest, lost = b"", 0
    while chunk := file.read(_CHUNK):
        *records, rest = (rest + chunk).split(END_OF_RECORD)
        for record in records:
            end = offset + lost + len(record) + 1
            yield from _pieces(offset, record + END_OF_RECORD, end)
            offset, lost = end, 0
        if len(rest) > 2 * LONGEST:
            lost += len(rest) - LONGEST - 1
            rest = rest[: LONGEST + 1]
    yield from _pieces(offset, rest, offset + lost + len(rest))


def _pieces(offset: int, raw: bytes, end: int) -> Iterator[tuple[int, bytes, int]]:
    """What stands before one terminator: a record, or several of which all but the last were cut off before theirs.

    Told from each of them on, so that reading which goes on there cuts in the same way.
    """
    cuts = [found.start() for found in _INNER_LEADER.finditer(raw, LEADER)] if len(raw) <= LONGEST else []
    begin, fields = 0, raw.count(END_OF_FIELD)
    for cut in cuts:
        if _may_be_record(raw, begin, fields) and _is_record(raw[begin:]):
            break
        yield from _without_blanks(offset + begin, raw[begin:cut], offset + cut)
        begin, fields = cut, fields - raw.count(END_OF_FIELD, begin, cut)
    yield from _without_blanks(offset + begin, raw[begin:], end)


def _may_be_record(raw: bytes, begin: int, ends: int) -> bool:
    """Whether the directory has an entry for each field: to parse all from each leader on would take for ever."""
    return begin == 0 or raw.find(END_OF_FIELD, begin) - begin == LEADER + ENTRY * (ends - 1)


def _is_record(raw: bytes) -> bool:
    try:
        iso2709.parse(raw.lstrip(_BETWEEN))
    except Unfit:
        return False
    return True


def _without_blanks(offset: int, raw: bytes, end: int) -> Iterator[tuple[int, bytes, int]]:
    """The record without what stands before it; blanks that are its own leader's stay.

    Leader (24 bytes) and directory (12 for each field) end at a multiple of 12.
    """
    record = raw.lstrip(_BETWEEN)
    blanks = len(raw) - len(record)
    its_own = -record.find(END_OF_FIELD) % 12
    begin = blanks - its_own if its_own <= blanks else blanks
    if record not in (b"", END_OF_RECORD):
        yield offset + begin, raw[begin:], end
