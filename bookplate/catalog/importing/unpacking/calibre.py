"""Calibre's `metadata.db`, made the table that Calibre itself writes as a catalogue (`readers.calibre`).

A database from a stranger is a program of sorts. So it is opened read-only and as one that nobody changes, its
schema is trusted with nothing, the tables must be plain ones, and no statement runs without end.
"""

import csv
import io
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from bookplate.catalog.importing.readers.calibre import COLUMNS, NEVER
from bookplate.catalog.importing.records import LONGEST, Unreadable
from bookplate.catalog.importing.unpacking.packing import Limited

_SECONDS = 60
_STEPS = 10_000  # of SQLite's machine between two looks at the clock
_ALLOWED = {sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT}
_TABLES = {"books", "authors", "publishers", "tags", "languages", "identifiers"} | {
    f"books_{name}_link" for name in ("authors", "publishers", "tags", "languages")
}
# For each column what it is made of, in Calibre's order, and what stands between two of them.
_LINKED = {
    "authors": (
        "SELECT l.book, a.name FROM books_authors_link l JOIN authors a ON a.id = l.author ORDER BY l.id",
        " & ",
    ),
    "publisher": (
        "SELECT l.book, p.name FROM books_publishers_link l JOIN publishers p ON p.id = l.publisher ORDER BY l.id",
        ", ",
    ),
    "tags": ("SELECT l.book, t.name FROM books_tags_link l JOIN tags t ON t.id = l.tag ORDER BY l.id", ", "),
    "languages": (
        "SELECT l.book, g.lang_code FROM books_languages_link l JOIN languages g ON g.id = l.lang_code"
        " ORDER BY l.item_order",
        ", ",
    ),
    "isbn": ("SELECT book, val FROM identifiers WHERE type = 'isbn'", ", "),
}


class CalibreDatabase:
    def recognises(self, head: bytes) -> bool:
        return head.startswith(b"SQLite format 3\0")

    def unpack(self, path: Path, into: Limited) -> None:
        try:
            with closing(_opened(path)) as library:
                for row in _rows(library):
                    into.write(_line(row))
        except (sqlite3.Error, OverflowError, UnicodeDecodeError):  # the last when a fault names what is no text
            raise Unreadable(
                "The database cannot be read as a Calibre library: it is damaged, of another program, or too slow. "
                "Let Calibre write a catalogue as CSV and bring that in."
            ) from None


def _opened(path: Path) -> sqlite3.Connection:
    """Raises `Unreadable`."""
    library = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    library.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    library.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    library.text_factory = lambda raw: raw.decode(errors="replace")
    library.execute("PRAGMA trusted_schema = OFF")
    library.execute("PRAGMA cell_size_check = ON")
    library.set_progress_handler(_alarm(time.monotonic() + _SECONDS), _STEPS)
    _check_tables(library)
    library.set_authorizer(_authorized)
    return library


def _alarm(until: float) -> Callable[[], bool]:
    return lambda: time.monotonic() > until


def _authorized(action: int, *_: object) -> int:
    """To read and nothing else, whatever a statement would come to."""
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _check_tables(library: sqlite3.Connection) -> None:
    """Each must be a table of plain columns: a view, a virtual table or a generated column runs what it likes."""
    found = library.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    plain = {name for name, sql in found if name in _TABLES and str(sql).upper().startswith("CREATE TABLE")}
    plain -= {name for name in plain if any(hidden for *_, hidden in library.execute(f"PRAGMA table_xinfo({name})"))}
    if missing := sorted(_TABLES - plain):
        raise Unreadable(
            f"This is a database, but no Calibre library: it has no plain table “{missing[0]}”. Export a list as CSV."
        )


def _rows(library: sqlite3.Connection) -> Iterator[list[str]]:
    yield list(COLUMNS)
    linked = {column: _linked(library, query, mark) for column, (query, mark) in _LINKED.items()}
    for pk, title, date, uuid in library.execute("SELECT id, title, pubdate, uuid FROM books ORDER BY id"):
        own = {"id": str(pk), "title": _text(title), "pubdate": _date(_text(date)), "uuid": _text(uuid)}
        yield [own.get(column) or linked.get(column, {}).get(pk, "") for column in COLUMNS]


def _linked(library: sqlite3.Connection, query: str, mark: str) -> dict[object, str]:
    found: dict[object, list[str]] = {}
    for book, name in library.execute(query):
        found.setdefault(book, []).append(_text(name))
    return {book: mark.join(names)[:LONGEST] for book, names in found.items()}


def _text(value: object) -> str:
    """A column of SQLite holds anything, whatever it was made for."""
    return "" if value is None or isinstance(value, bytes) else str(value)


def _date(text: str) -> str:
    """The day; Calibre keeps the midnight of where it runs, told in UTC: at New Year that is another year."""
    try:
        return (datetime.fromisoformat(text) + timedelta(hours=12)).date().isoformat()
    except (ValueError, OverflowError):
        return text or NEVER


def _line(cells: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode(errors="replace")
