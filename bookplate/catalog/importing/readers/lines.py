"""The lines of a text file in whatever encoding it came, with the bytes they stand in."""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, NamedTuple

from bookplate.catalog.importing.records import LONGEST

_CHUNK = 65_536
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Script(NamedTuple):
    """How a text is written: encoding, length of its byte order mark, and the bytes that end a line."""

    encoding: str
    bom: int
    end: bytes
    literal: bool = False
    """Whether a carriage return within a line is meant: in what we wrote ourselves."""


class TooLong(Exception):
    """A line, or the lines of one row, exceed `LONGEST`."""


def script(head: bytes) -> Script:
    encoding, bom = _encoding(head)
    text = head[bom:].decode(encoding, "replace")
    end = "\r" if "\r" in text and "\n" not in text else "\n"  # Excel on a Mac still ends lines so
    return Script(encoding, bom, end.encode(encoding))


def _encoding(head: bytes) -> tuple[str, int]:
    for bom, name in _BOMS.items():
        if head.startswith(bom):
            return name, len(bom)
    sample = head[:1000]
    if sample[1::2].count(0) * 4 > len(sample):
        return "utf-16-le", 0
    return ("utf-16-be", 0) if sample[::2].count(0) * 4 > len(sample) else ("utf-8", 0)


class Lines:
    """Gives `csv.reader` one line at a time, which asks for just as many as a row has."""

    def __init__(self, file: BinaryIO, how: Script, offset: int) -> None:
        self.file, self.how = file, how
        self.seek(offset)

    def seek(self, offset: int) -> None:
        self.file.seek(offset)
        self.offset = offset
        plain = self.how.end == b"\n"
        self._pieces = iter(partial(self.file.readline, LONGEST), b"") if plain else _split(self.file, self.how.end)
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
        while raw and not raw.endswith(self.how.end):
            raw = next(self._pieces, b"")
            self.offset += len(raw)

    def _decode(self, raw: bytes) -> str:
        """UTF-8 where a line is that, else Windows' Latin alphabet: files that mix both are common."""
        encoding = self.how.encoding
        text = _utf8_or_latin(raw) if encoding == "utf-8" else raw.decode(encoding, "replace")
        # A stray carriage return would end the row for `csv`; it is a blank to everybody else.
        return text if self.how.literal or "\r" not in text[:-2] else text[:-2].replace("\r", " ") + text[-2:]


def _utf8_or_latin(raw: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _split(file: BinaryIO, end: bytes) -> Iterator[bytes]:
    """Pieces that end with `end` (at a whole character) or are as long as may be."""
    rest = b""
    while chunk := file.read(_CHUNK):
        rest += chunk
        while (cut := _after(rest, end)) or len(rest) >= LONGEST:
            cut = cut or len(rest) - len(rest) % len(end)
            yield rest[:cut]
            rest = rest[cut:]
    if rest:
        yield rest


def _after(text: bytes, end: bytes) -> int:
    at = text.find(end)
    while at % len(end) and at >= 0:
        at = text.find(end, at + 1)
    return at + len(end) if at >= 0 else 0
