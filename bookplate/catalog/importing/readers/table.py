"""Any CSV with recognisable columns: comma, semicolon or tab, in UTF-8, UTF-16 or Windows' Latin alphabet."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bookplate.catalog.importing import cleaning, languages
from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.cleaning import clean, natural
from bookplate.catalog.importing.readers import layouts, rows
from bookplate.catalog.importing.readers.columns import INVERTED, Columns, normal, recognise
from bookplate.catalog.importing.readers.rows import Row
from bookplate.catalog.importing.records import (
    START,
    Broken,
    Draft,
    Failed,
    Held,
    Item,
    Place,
    Skipped,
    Unfit,
    Unreadable,
    attempt,
)

_SEPARATED = re.compile(r"\s*[;|]\s*")
# What programs and people write into a column for want of a value; a title may well be one of them.
_NOTHING = {"n/a", "na", "null", "none", "-", "unknown", "nan", "?"}
_ROUNDED = re.compile(r"^\d[.,]?\d*E\+?\d+$", re.IGNORECASE)
_FLOAT = re.compile(r"^(\d+)[.,]0+$")
_FORMULA = re.compile(r'^="?([^"]*)"?$')
_BOOK_NUMBER = re.compile(r"^\W*97[89]")


# XML and JSON, which may happen to have a title and a comma
_NO_NAME = ("<", "{", "[{")
# Without a title, an ISBN tells of a book that is here.
_TELLING = {"title", "isbn"}


@dataclass(frozen=True)
class Table:
    chosen: Mapping[str, int] = field(default_factory=dict)
    """For our fields the columns, counted from 0, where somebody said which; else their names tell."""
    name = "csv"
    label = "CSV with a title column"
    suffix = ".csv"
    noun = "rows"
    skips = "no books"
    into = Books

    def recognises(self, head: bytes) -> bool:
        how = layouts.of(head)
        return (
            how is not None and not how.header[0].startswith(_NO_NAME) and bool(_TELLING & recognise(how.header).keys())
        )

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        how = layouts.of_file(path)
        columns = self.places(how.header)
        if not _TELLING & columns.keys():
            raise Unreadable(
                "No column for the title or the ISBN was recognised. Name the column “title” in the first line."
            )
        inverted = {index for index, name in enumerate(how.header) if normal(name) in INVERTED}
        for row in rows.rows(path, how, start):
            yield item(row, partial(_draft, Cells(row.cells, columns), inverted))

    def places(self, header: Sequence[str]) -> Columns:
        return {name: [place] for name, place in self.chosen.items()} or recognise(header)

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        return rows.write_back(path, failures)


class Cells:
    """One row's cells by what they are; a row that is too short has empty ones."""

    def __init__(self, cells: Sequence[str], columns: Columns) -> None:
        self.cells, self.columns = cells, columns

    def every(self, field: str) -> list[str]:
        if field not in self.columns:
            return []
        return [cell for cell in self._all(field) if cell and cell.strip().lower() not in _NOTHING]

    def first(self, field: str) -> str:
        return _first(self.every(field)) if field in self.columns else ""

    def literal(self, field: str) -> str:
        """The first that is not empty, for titles and names, which may be what others write for want of a value."""
        return _first(self._all(field))

    def _all(self, field: str) -> list[str]:
        cells = self.cells
        there = len(cells)
        return [cells[index] for index in self.columns.get(field, ()) if index < there]


def _first(cells: list[str]) -> str:
    for cell in cells:
        if text := clean(cell):
            return text
    return ""


def item(row: Row, draft: Callable[[], object | None]) -> Item:
    if row.is_header:
        return Skipped(row.position, row.offset, row.end, row.content)
    if row.fault:
        return Broken(row.position, row.offset, row.end, row.content, reason=row.fault)
    return attempt(row, draft)


def number(cells: Cells, field: str, of: str) -> str:
    """The number on a card or a copy, from its first column alone: another one's may be somebody else's."""
    place = next(iter(cells.columns.get(field, ())), -1)
    text = clean(cells.cells[place]) if 0 <= place < len(cells.cells) else ""
    text = _FLOAT.sub(r"\1", clean(_FORMULA.sub(r"\1", text)))
    if _ROUNDED.match(text):
        raise Unfit(field, f"A spreadsheet has rounded the number of {of} to {text}. Write it out as text.")
    return "" if text.lower() in _NOTHING else text


def people(names: Iterable[str]) -> str:
    return ", ".join(filter(None, map(clean, names)))


def copies(barcode: str, shelfmark: str) -> tuple[Held, ...]:
    """The copy that a row tells of, if it does."""
    return (Held(barcode, shelfmark),) if barcode or shelfmark else ()


def _draft(cells: Cells, inverted: set[int]) -> Draft:
    return Draft(
        title=_title(cells),
        author=_author(cells, inverted),
        published_year=next(filter(None, map(_year, cells.every("published_year"))), None),
        isbn=cleaning.isbn_of_row([*cells.every("isbn"), *filter(_BOOK_NUMBER.match, cells.every("ean"))]),
        publisher=cells.first("publisher"),
        edition=cells.first("edition"),
        language=next(filter(None, map(languages.code, cells.every("language"))), ""),
        subjects=_listed(cells.first("subjects"), "; "),
        copies=copies(_barcode(cells), cells.first("shelfmark")),
    )


def _barcode(cells: Cells) -> str:
    """Of the copy; the bars that the publisher printed are the ISBN's, whatever a spreadsheet made of them."""
    if "barcode" not in cells.columns or _BOOK_NUMBER.match(cells.first("barcode").replace(".", "")):
        return ""
    return number(cells, "barcode", "the copy")


def _title(cells: Cells) -> str:
    title, subtitle = cells.literal("title"), cells.first("subtitle")
    return f"{title}: {subtitle}" if title and subtitle and subtitle not in title else title


def _year(cell: str) -> int | None:
    day = cleaning.day_by_number(cell.strip())
    return day.year if day else cleaning.year(cell)


def _author(cells: Cells, inverted: set[int]) -> str:
    columns = cells.columns.get("author", ())
    author = cells.first("author")
    if inverted:
        used = next((index for index in columns if index < len(cells.cells) and cells.cells[index]), -1)
        author = natural(author) if used in inverted else author
    names = [author, *cells.every("more_authors")]
    return ", ".join(_listed(name, ", ") for name in map(clean, names) if name)


def _listed(text: str, separator: str) -> str:
    return _SEPARATED.sub(separator, text) if ";" in text or "|" in text else text
