"""An Excel workbook (XLSX), made CSV: the sheet that is a list, its rows where they stand in it.

Sheets of the same columns are one list, one after the other; each row then says where it stood. Of several lists of
different columns none is left out silently: they have to be brought in one by one.

A workbook is a zip of XML from a stranger: entities are refused (by defusedxml, which openpyxl takes when it is there),
and what is read at once may not be large. A number is what was typed: openpyxl gives 9780306406157 whole.
"""

import csv
import io
import re
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, cast
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl import DEFUSEDXML
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.readers import columns, layouts
from bookplate.catalog.importing.readers.layouts import MOST_COLUMNS
from bookplate.catalog.importing.records import Unreadable
from bookplate.catalog.importing.unpacking.packing import Limited

# What the column is called that says where a row stood.
PLACE = "sheet"
_SECONDS = 120
_MOST_PARTS, _MOST_ROWS, _MOST_SHEETS = 1_000, 1_048_576, 50
# Of what is in memory as a whole: all texts of the workbook, and anything but its sheets.
_LARGEST_STRINGS, _LARGEST_PART = 50_000_000, 5_000_000
# How many rows of a sheet may stand above the names of the columns.
_ABOVE = 20
_TELLING = 200
_ERRORS = {"#N/A", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!"}
# What XML cannot hold, as Excel writes it (ECMA-376, ST_Xstring); openpyxl leaves it as it is.
_CODED = re.compile("_x([0-9A-Fa-f]{4})_")
# A formula and no value; an empty text says that it is a text.
_UNCALCULATED = re.compile(
    rb'<c\b(?![^<>]*\bt="str")[^<>]*>\s*<f\b[^<>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
_PLACE = re.compile(rb'\br="([A-Z]{1,3}\d{1,7})"')
_CHUNK, _LONGEST_FORMULA = 1 << 20, 50_000
_DAMAGED = "The Excel workbook is damaged or not one. Save the list as CSV (“CSV UTF-8”) and bring that in."
# All that openpyxl comes to with damaged files.
_FAULTS = (
    zipfile.BadZipFile,
    OSError,
    EOFError,
    zlib.error,
    ParseError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    RuntimeError,
)


def unpack(path: Path, into: Limited) -> None:
    """Write the list that is in it as CSV; raises `Unreadable`."""
    try:
        _check_parts(path, into.left)
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets[:_MOST_SHEETS] if isinstance(sheet, ReadOnlyWorksheet)]
            parts = _the_list([sheet for sheet in sheets if sheet.sheet_state == "visible"])
            for part in parts:
                _check_formulas(part.sheet)
            for line in _lines(parts):
                into.write(line)
    except Unreadable:
        raise
    except _FAULTS:
        raise Unreadable(_DAMAGED) from None


def _check_parts(path: Path, most: int) -> None:
    """What is told of a part's size is true: Python reads no more of it."""
    assert DEFUSEDXML  # noqa: S101  # installed with us; without it entities would be expanded
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    xml = [part for part in parts if part.filename.endswith((".xml", ".rels")) and not _is_unread(part)]
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in xml) > most or any(map(_is_too_large, xml)):
        raise Unreadable("The Excel workbook is too large. Save the list in it as CSV (“CSV UTF-8”) and bring that in.")


def _check_formulas(sheet: ReadOnlyWorksheet) -> None:
    """Raises `Unreadable` for what a program wrote and nobody opened: without the formulas' results rows are empty."""
    with cast(Any, sheet)._get_source() as xml:
        before = b""
        while chunk := xml.read(_CHUNK):
            part = before + chunk
            if b"<f" in part and (found := _UNCALCULATED.search(part)):
                place = _PLACE.search(found[0])
                raise Unreadable(
                    f"On the sheet “{_shown(sheet)}” there is a formula without its result"
                    f"{f' in {place[1].decode()}' if place else ''}. Open the workbook in Excel or LibreOffice, "
                    "save it, and bring it in again."
                )
            before = chunk[-_LONGEST_FORMULA:]


def _is_unread(part: zipfile.ZipInfo) -> bool:
    return part.filename.startswith(("xl/pivot", "xl/charts/", "xl/drawings/", "xl/externalLinks/", "customXml/"))


def _is_too_large(part: zipfile.ZipInfo) -> bool:
    if part.filename.startswith("xl/worksheets/") and not part.filename.endswith(".rels"):
        return False
    return part.file_size > (_LARGEST_STRINGS if "sharedstrings" in part.filename.lower() else _LARGEST_PART)


class _Sheet(NamedTuple):
    """One that has a table."""

    sheet: ReadOnlyWorksheet
    above: int
    """How many of its rows stand above the names of the columns."""
    header: list[str]
    reader: str
    """Who knows it, if anybody does."""

    @property
    def key(self) -> tuple[str, ...]:
        return (self.reader, *map(columns.normal, self.header))


def _the_list(sheets: Sequence[ReadOnlyWorksheet]) -> list[_Sheet]:
    """The sheets that are parts of one list: those that some reader knows; else those like the first with a table."""
    tables = [found for sheet in sheets if (found := _table(sheet))]
    if not tables:
        raise Unreadable("There is no list in this Excel workbook: no sheet has rows with several cells.")
    known = [table for table in tables if table.reader]
    if len({table.key for table in known}) > 1:
        names = ", ".join(f"“{_shown(table.sheet)}”" for table in known[:5])
        raise Unreadable(
            f"In the workbook there are several lists with different columns: {names}. "
            "Save each as CSV (“CSV UTF-8”) and bring them in one by one."
        )
    return known or [table for table in tables if table.key == tables[0].key]


def _shown(sheet: ReadOnlyWorksheet) -> str:
    return "".join(filter(str.isprintable, str(sheet.title)))[:100]


def _table(sheet: ReadOnlyWorksheet) -> _Sheet | None:
    """Begun where some reader knows it; else by the first row of several cells."""
    usual: _Sheet | None = None
    rows = list(islice(_rows(sheet), _TELLING))
    for above in range(min(_ABOVE, len(rows))):
        head = b"".join(map(_line, rows[above:]))[: readers.HEAD]
        if _is_header(rows[above], head) and (reader := readers.recognise(head)):
            return _Sheet(sheet, above, rows[above], reader.name)
        if usual is None and len(list(filter(None, rows[above]))) > 1:
            usual = _Sheet(sheet, above, rows[above], "")
    return usual


def _is_header(row: Sequence[str], head: bytes) -> bool:
    """Whether the list begins with this row, and not with one below it."""
    found = layouts.of(head) if row else None
    return found is not None and found.first.position == 1


def _lines(parts: Sequence[_Sheet]) -> Iterator[bytes]:
    """Blank ones for what stands above, so that a row has the number that Excel shows."""
    until = time.monotonic() + _SECONDS
    for number, part in enumerate(parts):
        for place, cells in enumerate(_rows(part.sheet)):
            if place >= _MOST_ROWS or time.monotonic() > until:
                raise Unreadable(
                    "The Excel workbook has too many rows. Save the list in it as CSV (“CSV UTF-8”) and bring that in."
                )
            if number == 0 and place < part.above:
                yield _line([])
            elif number == 0 or place > part.above:
                yield _line(_with_place(part, place, cells) if len(parts) > 1 and cells else cells)


def _with_place(part: _Sheet, place: int, cells: list[str]) -> list[str]:
    """And where the row stands, as Excel writes it, behind the last column."""
    room = [""] * (len(part.header) - len(cells))
    return [*cells, *room, PLACE if place == part.above else f"{_shown(part.sheet)}!{place + 1}"]


def _rows(sheet: ReadOnlyWorksheet) -> Iterator[list[str]]:
    """The texts of each row, without the empty ones at its end."""
    sheet.reset_dimensions()  # what the workbook says of them may be wrong
    # With one column too many, which says that there are.
    for row in cast(Worksheet, sheet).iter_rows(max_col=MOST_COLUMNS + 1, values_only=True):
        yield _texts(row)


def _texts(row: Iterable[Any]) -> list[str]:
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    return [_text(value) for value in cells]


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == value.time().min:
            return value.date().isoformat()
        case date():
            return value.isoformat()
    text = str(value)
    return "" if text in _ERRORS else _CODED.sub(lambda found: chr(int(found[1], 16)), text)


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode(errors="replace")
