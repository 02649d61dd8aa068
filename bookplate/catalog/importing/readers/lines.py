"""The lines of a text file in whatever encoding it came, with the bytes they stand in."""

import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, NamedTuple

from bookplate.catalog.importing.records import LONGEST

_CHUNK = 65_536
# Some programs end a line with one carriage return too many.
_LINE_END = re.compile("\r+\n|[\r\n]")
SEPARATORS = ",;\t|"
LATIN = "cp1252"
"""Windows' Latin alphabet, in which most spreadsheets write what is not UTF-8."""
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Script(NamedTuple):
    """How a text is written: encoding, length of its byte order mark, and the bytes of which any ends a line."""

    encoding: str
    bom: int
    ends: tuple[bytes, ...]
    literal: bool = False
    """Whether a carriage return within a line is meant: in what we wrote ourselves."""
    fallback: str = LATIN
    """What a line is in that is not UTF-8."""


class TooLong(Exception):
    """A line, or the lines of one row, exceed `LONGEST`."""


def script(head: bytes) -> Script:
    encoding, bom = _encoding(head)
    text = head[bom:].decode(encoding, "replace")
    first = _LINE_END.search(text)
    # Excel on a Mac still ends rows with "\r", and the lines within a cell with "\n".
    ends = "\r\n" if first and first[0] == "\r" else "\n"
    return Script(encoding, bom, tuple(end.encode(encoding) for end in ends))


def _encoding(head: bytes) -> tuple[str, int]:
    for bom, name in _BOMS.items():
        if head.startswith(bom):
            return name, len(bom)
    sample = head[:1000]
    for name, first in (("utf-16-le", 1), ("utf-16-be", 0)) if 0 in sample and not _begins_as_table(sample) else ():
        if sample[first::2].count(0) * 4 > len(sample) or _is_table(sample, name):
            return name, 0
    return "utf-8", 0


def _begins_as_table(sample: bytes) -> bool:
    """Whether the names of columns stand there as bytes: then zero bytes further down are damage."""
    first = sample.partition(b"\n")[0]
    return 0 not in first and any(mark.encode() in first for mark in SEPARATORS)


def _is_table(sample: bytes, encoding: str) -> bool:
    """Whether so read there are cells and lines; letters of Chinese have no zero bytes to be told by."""
    text = sample[: len(sample) // 2 * 2].decode(encoding, "replace")
    first, end, _ = text.lstrip().partition("\n")
    return bool(end) and "\0" not in text and any(mark in first for mark in SEPARATORS)


class Lines:
    """Gives `csv.reader` one line at a time, which asks for just as many as a row has."""

    def __init__(self, file: BinaryIO, how: Script, offset: int) -> None:
        self.file, self.how = file, how
        self.seek(offset)

    def seek(self, offset: int) -> None:
        self.file.seek(offset)
        self.offset = offset
        plain = self.how.ends == (b"\n",)
        self._pieces = iter(partial(self.file.readline, LONGEST), b"") if plain else _split(self.file, self.how.ends)
        self.begin()

    def begin(self) -> None:
        """The next line is the first of a row."""
        self.start = self.after_first = self.offset
        self.taken: list[str] = []
        self.length = 0
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = next(self._pieces, b"")
        self.ended = not raw
        if not raw:
            raise StopIteration
        return self._take(raw)

    def _take(self, raw: bytes) -> str:
        self.offset += len(raw)
        text = self._decode(raw)
        self.taken.append(text)
        if len(self.taken) == 1:
            self.after_first = self.offset
        self.length += len(raw)
        if self.length >= LONGEST:
            self._skip_to_end(raw)
            raise TooLong
        return text

    def _skip_to_end(self, raw: bytes) -> None:
        while raw and not raw.endswith(self.how.ends):
            raw = next(self._pieces, b"")
            self.offset += len(raw)

    def _decode(self, raw: bytes) -> str:
        """UTF-8 where a line is that, else what most of the others are in: files that mix both are common."""
        encoding = self.how.encoding
        text = _utf8_or(self.how.fallback, raw) if encoding == "utf-8" else raw.decode(encoding, "replace")
        # A stray carriage return would end the row for `csv`; it is a blank to everybody else.
        return text if self.how.literal or "\r" not in text[:-2] else text[:-2].replace("\r", " ") + text[-2:]


def is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _utf8_or(fallback: str, raw: bytes) -> str:
    for encoding in ("utf-8", fallback):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _split(file: BinaryIO, ends: tuple[bytes, ...]) -> Iterator[bytes]:
    """Pieces that end with one of `ends` (at a whole character) or are as long as may be."""
    rest = b""
    while chunk := file.read(_CHUNK):
        rest += chunk
        while (cut := _after(rest, ends)) or len(rest) >= LONGEST:
            cut = cut or len(rest) - len(rest) % len(ends[0])
            yield rest[:cut]
            rest = rest[cut:]
    if rest:
        yield rest


def _after(text: bytes, ends: tuple[bytes, ...]) -> int:
    """Behind the first of these; 0 where there is none."""
    return min(filter(None, (_after_one(text, end) for end in ends)), default=0)


def _after_one(text: bytes, end: bytes) -> int:
    at = text.find(end)
    while at % len(end) and at >= 0:
        at = text.find(end, at + 1)
    return at + len(end) if at >= 0 else 0
