"""MARCXML (Library of Congress, MARC 21 XML Schema), alone or inside the answers of SRU and OAI-PMH.

Records are cut out of the file by us and each is parsed alone, so that a damaged one costs no other,
reading can go on at any of them, and a large file needs no memory. A document type is refused before
anything is parsed: entities are how XML reads other files and fills memory.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.readers import bibliographic
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.records import (
    LONGEST,
    START,
    Broken,
    Draft,
    Failed,
    Item,
    Place,
    Unfit,
    Unreadable,
    attempt,
)

_BEGIN = re.compile(rb"<(?:[\w.-]+:)?record(?=[\s>])")
_END = re.compile(rb"</(?:[\w.-]+:)?record\s*>")
_MARC = re.compile(rb"<(?:[\w.-]+:)?(?:leader|controlfield|datafield)\b")
# What OAI-PMH and SRU call a record without MARC in it
_WRAPPER = re.compile(rb"<(?:[\w.-]+:)?(?:header|metadata|record[A-Z]\w*)\b")
_SAYS_MARC = re.compile(rb"MARC21/slim|<(?:[\w.-]+:)?(?:leader|datafield)\b")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)""")
# What says in plain letters that it is UTF-16 is not, or is no more: `unpacking` makes UTF-8 of it.
_ENCODINGS = {"utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "latin1", "utf8", "windows-1252"}
_CHUNK = 1 << 18
_HEAD = 65_536
_COLLECTION = b'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n'


class MARCXML:
    name = "marcxml"
    label = "MARCXML"
    suffix = ".xml"
    noun = "records"
    skips = "no books"
    into = Books

    def recognises(self, head: bytes) -> bool:
        return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and bool(_SAYS_MARC.search(head))

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        with path.open("rb") as file:
            encoding = _encoding(file.read(_HEAD))
            for position, (offset, raw, end) in enumerate(_cut(file, start.offset), start.position + 1):
                if len(raw) > LONGEST:
                    fault = f"No record ends within {LONGEST:,} bytes: this part of the file is damaged."
                    yield Broken(position, offset, end, raw[:LONGEST], reason=fault)
                else:
                    yield attempt(Item(position, offset, end, raw), partial(_draft, raw, encoding))

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        with path.open("rb") as file:
            encoding = _encoding(file.read(_HEAD))
        yield _COLLECTION
        for failure in failures:
            yield failure.content.decode(encoding, "replace").encode() + b"\n"
        yield b"</collection>\n"


def drafts(answer: bytes) -> Iterator[Draft]:
    """The books in an answer of SRU; what of it cannot be read is passed over. Raises `Unreadable`."""
    encoding = _encoding(answer)
    for _, raw, _ in _cut(BytesIO(answer), 0):
        with suppress(Unfit):
            if draft := _draft(raw, encoding):
                yield draft


def _encoding(head: bytes) -> str:
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise Unreadable("The file has a document type (DTD), which can make a reader open other files. Remove it.")
    said = _ENCODING.match(head.removeprefix(b"\xef\xbb\xbf"))
    encoding = said[1].decode().lower() if said else "utf-8"
    if encoding not in _ENCODINGS:
        raise Unreadable(f"The file is in the encoding {encoding}. Save it as UTF-8 and bring it in again.")
    return "utf-8" if encoding == "utf-16" else encoding


def _cut(file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes, int]]:
    """Where each record begins, its bytes, and where it ends; the innermost where they are nested."""
    file.seek(offset)
    rest = b""
    while chunk := file.read(_CHUNK):
        rest += chunk
        done = 0
        for found in _END.finditer(rest):
            yield from _within(rest[done : found.end()], offset + done)
            done = found.end()
        if len(rest) - done > 2 * LONGEST:
            yield from _within(rest[done:], offset + done)
            done = len(rest)
        offset, rest = offset + done, rest[done:]
    yield from _within(rest, offset)


def _within(piece: bytes, offset: int) -> Iterator[tuple[int, bytes, int]]:
    """The record that ends here, and one before it that never ended; not what records are wrapped in."""
    begins = [found.start() for found in _BEGIN.finditer(piece)]
    for begin, end in pairwise([*begins, len(piece)]):
        raw = piece[begin:end]
        if _MARC.search(raw) or not _WRAPPER.search(raw):
            yield offset + begin, raw, offset + end


def _draft(raw: bytes, encoding: str) -> Draft | None:
    return bibliographic.to_keep(_parse(raw, encoding))


def _parse(raw: bytes, encoding: str) -> Marc:
    """Raises `Unfit`. Alone, a record can have no document type and so no entities."""
    builder = _Builder()
    parser = expat.ParserCreate(encoding)
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.texts.append
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        fault = expat.ErrorString(error.code)
        raise Unfit("", f"The XML of this record is damaged at its line {error.lineno}: {fault}.") from None
    if not builder.fields:
        raise Unfit("", "The record has no fields.")
    return Marc(builder.leader, tuple(builder.fields))


class _Builder:
    def __init__(self) -> None:
        self.leader = ""
        self.fields: list[Field] = []
        self.texts: list[str] = []
        self.subfields: list[tuple[str, str]] = []
        self.attributes: list[dict[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.attributes.append(attributes)
        self.texts.clear()
        if _local(name) == "datafield":
            self.subfields = []

    def end(self, name: str) -> None:
        about, text = self.attributes.pop(), "".join(self.texts)
        match _local(name):
            case "leader":
                self.leader = text
            case "controlfield":
                self.fields.append(Field(about.get("tag", ""), data=text))
            case "subfield":
                self.subfields.append((about.get("code", ""), text))
            case "datafield":
                indicators = f"{about.get('ind1', ' '):1.1}{about.get('ind2', ' '):1.1}"
                self.fields.append(Field(about.get("tag", ""), indicators, tuple(self.subfields)))


def _local(name: str) -> str:
    return name.rpartition(":")[2]
