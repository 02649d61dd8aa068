"""How a table is written, told by its beginning: its letters, its separator, which row is its header."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from bookplate.catalog.importing.readers.columns import recognise
from bookplate.catalog.importing.readers.lines import LATIN, SEPARATORS, Lines, Script, TooLong, is_utf8, script
from bookplate.catalog.importing.records import Place, Unreadable

HEAD = 65_536
MOST_COLUMNS = 500
# How many rows of a title, a date, an address may stand above the header; it has two names that are known, then.
_ABOVE, _TELLING = 10, 2
# In which letters spreadsheets of other countries write CSV. Nothing says so but that the names of columns can be read.
_CODE_PAGES = (
    LATIN,
    "cp1251",
    "cp1250",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp932",
    "gb18030",
    "cp949",
    "big5",
    "koi8-r",
)
_SEPARATOR_LINE = re.compile(r'^"?sep=(.)"?\s*$')


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written: its script, separator and column names, and the place of the header."""

    script: Script
    separator: str
    header: list[str]
    first: Place
    quoted: bool = True
    """Whether a quotation mark at the beginning of a cell encloses it, as in CSV, or is a letter."""
    spaced: bool = False
    """Whether blanks may stand before such a mark."""

    @property
    def quoting(self) -> Literal[0, 3]:
        return csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE


@lru_cache(1)  # every reader of tables asks for that of the same file
def of(head: bytes) -> Layout | None:
    """Of the table that begins with `head`, or `None` when it is none."""
    how = script(head)
    found = _read(head, how)
    if found is None or how.encoding != "utf-8" or is_utf8(head[: found.first.offset]):
        return found
    tried = [_read(head, how._replace(fallback=page)) for page in _CODE_PAGES]
    return max(filter(None, tried), key=_known)


def of_file(path: Path) -> Layout:
    """Raises `Unreadable`."""
    with path.open("rb") as file:
        found = of(file.read(HEAD))
    if found is None:
        raise Unreadable("This is not a table: it has no line with the names of its columns.")
    if len(found.header) > MOST_COLUMNS:
        raise Unreadable(f"The table has {len(found.header):,} columns; at most {MOST_COLUMNS} are read.")
    return found


def _read(head: bytes, how: Script) -> Layout | None:
    lines = Lines(io.BytesIO(head), how, how.bom)
    given = _SEPARATOR_LINE.match(next(lines, ""))  # a line that Excel writes and understands
    start = Place(1, lines.offset) if given else Place(0, how.bom)
    text = head[how.bom :].decode(how.encoding, "replace")
    found = [_separated(lines, start, separator, text) for separator in (given[1] if given else SEPARATORS)]
    best = max(found, key=lambda one: (_known(one), len(one.header)))
    return best if any(best.header) else None


def _separated(lines: Lines, start: Place, separator: str, text: str) -> Layout:
    spaced = _is_spaced(text, separator)
    lines.seek(start.offset)
    header, first = _header(csv.reader(lines, delimiter=separator, skipinitialspace=spaced), lines, start)
    return Layout(lines.how, separator, list(header), first, spaced=spaced)


def _header(parser: Iterator[list[str]], lines: Lines, start: Place) -> tuple[Sequence[str], Place]:
    """The first row that is not blank, or another soon after it that has more names of columns; and where it ends."""
    first: tuple[Sequence[str], Place] = ([], start)
    try:
        for position, cells in enumerate(parser, start.position + 1):
            if first[0] and position > first[1].position + _ABOVE:
                break
            if not any(map(str.strip, cells)):
                continue
            if len(recognise(cells)) >= (_TELLING if first[0] else 1):
                return cells, Place(position, lines.offset)
            first = first if first[0] else (cells, Place(position, lines.offset))
    except (csv.Error, TooLong):
        pass
    return first


def _known(found: Layout) -> int:
    return len(recognise(found.header))


def _is_spaced(text: str, separator: str) -> bool:
    """What `"a", "b"` has, and no CSV as it should be: there a mark behind a blank is doubled, or ends its cell."""
    return re.search(f'{re.escape(separator)} +"[^"\r\n{re.escape(separator)}]', text) is not None
