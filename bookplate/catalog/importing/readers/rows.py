"""The rows of a CSV file, one at a time, and a table of failed rows to mend.

Python's `csv` does the parsing, fed line by line, so that we know where each row begins and ends:
an import goes on at a byte, and a row that cannot be read costs no other.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bookplate.catalog.importing.readers import layouts
from bookplate.catalog.importing.readers.layouts import Layout
from bookplate.catalog.importing.readers.lines import Lines, TooLong
from bookplate.catalog.importing.records import LONGEST, START, Failed, Item, Place
from bookplate.core.cells import safe

# Columns that we add to the file of failed rows; coming back in they are passed over.
OUR_COLUMNS = ("bookplate_row", "bookplate_reason")
# What no cell can hold where there are no quotation marks around it; only LibraryThing writes so, with tabs.
_NO_CELL = re.compile(r"[\t\r\n]")
_UNCLOSED = "A quotation mark is opened and never closed."


@dataclass(frozen=True, slots=True)
class Row(Item):
    cells: list[str] = field(default_factory=list)
    fault: str = ""
    is_header: bool = False
    """The names of the columns once more, as between two lists that were put together."""


def rows(path: Path, how: Layout, start: Place = START) -> Iterator[Row]:
    """Every row after `start` that is not blank, numbered as a spreadsheet numbers them."""
    position, offset = max(start, how.first)
    with path.open("rb") as file:
        lines = Lines(file, how.script, offset)
        parser = csv.reader(lines, delimiter=how.separator, quoting=how.quoting, skipinitialspace=how.spaced)
        while (cells := _next_row(parser, lines)) is not None:
            position += 1
            content = "".join(lines.taken).encode()[:LONGEST]
            if isinstance(cells, str):
                yield Row(position, lines.start, lines.offset, content, fault=cells)
            elif any(map(str.strip, cells)):
                place = (position, lines.start, lines.offset)
                yield Row(*place, content, cells, _too_many(cells, how), cells == how.header)


def _next_row(parser: Iterator[list[str]], lines: Lines) -> list[str] | str | None:
    """The cells of the next row, what is wrong with it, or `None` at the end."""
    lines.begin()
    try:
        cells = next(parser)
    except StopIteration:
        return None
    except TooLong:
        return f"This row has more than {LONGEST:,} characters. Perhaps a quotation mark is missing."
    except csv.Error as error:
        return _one_line_only(lines, _in_words(error))
    # A row that asked for a line after the last one was inside quotation marks.
    return _one_line_only(lines, _UNCLOSED) if lines.ended else cells


def _one_line_only(lines: Lines, fault: str) -> str:
    """A quotation mark too many swallows the rows that follow; go back and give them their turn."""
    if len(lines.taken) > 1:
        start, first, after = lines.start, lines.taken[0], lines.after_first
        lines.seek(after)
        lines.start, lines.taken = start, [first]
    return fault


def _in_words(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"A cell has more than {csv.field_size_limit():,} characters. Perhaps a quotation mark is missing."
    return f"This row cannot be read as CSV: {error}."


def _too_many(cells: Sequence[str], how: Layout) -> str:
    most = len(how.header)
    if not any(map(str.strip, cells[most:])):
        return ""
    advice = f"A cell that holds a “{how.separator}” needs quotation marks."
    return f"The row has {len(cells)} cells where the header has {most}. {advice}"


def write_back(path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
    """The failed rows under the original header, in UTF-8, their numbers and the reasons in front.

    In front, because a row with too many cells would push its last ones under our own columns.
    """
    return written(layouts.of_file(path), failures)


def written(how: Layout, failures: Iterable[Failed]) -> Iterator[bytes]:
    ours = {index for index, name in enumerate(how.header) if name.strip() in OUR_COLUMNS}
    yield codecs.BOM_UTF8 + _line([*OUR_COLUMNS, *_without(how.header, ours)], how)
    for failure in failures:
        # A row that was too long was cut after so many bytes, which may be within a character.
        cells = _without(_cells(failure.content.decode(errors="ignore"), how), ours)
        yield _line([str(failure.position), safe(failure.reason), *cells], how)


def _without(cells: Sequence[str], left_out: set[int]) -> list[str]:
    return [cell for index, cell in enumerate(cells) if index not in left_out]


def _cells(content: str, how: Layout) -> list[str]:
    if not how.quoted:
        return content.rstrip("\r\n").split(how.separator)
    try:
        text = io.StringIO(content, newline="")
        cells = next(csv.reader(text, delimiter=how.separator, skipinitialspace=how.spaced), [])
    except csv.Error:
        return [content[:30_000]]  # a spreadsheet's cell holds 32,767
    # A cell ends with its line where a quotation mark is missing, by which it swallowed those behind it.
    is_whole = not (cells and cells[-1].endswith(("\r", "\n")))
    return cells if is_whole else content.rstrip("\r\n").split(how.separator)


def _line(cells: Sequence[str], how: Layout) -> bytes:
    if not how.quoted:
        return (how.separator.join(_NO_CELL.sub(" ", cell) for cell in cells) + "\r\n").encode()
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=how.separator).writerow(cells)
    return text.getvalue().encode()
