"""The same books as a library of Calibre, for Calibre-Web: `metadata.db` as Calibre keeps it, and the settings.

Tables, columns and indexes are Calibre's own as far as Calibre-Web reads them; what only Calibre needs (triggers,
views, its own full-text search) is left out. Calibre keeps an author, a publisher, a subject and a language once each
and links them to the books.
"""

import re
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# The table of a book's many values → the column of its link table.
LINKED = {"authors": "author", "publishers": "publisher", "tags": "tag", "languages": "lang_code"}
UNUSED = {"series": "series", "ratings": "rating"}
SCHEMA = """
CREATE TABLE books (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL DEFAULT 'Unknown' COLLATE NOCASE,
    sort TEXT COLLATE NOCASE, timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    pubdate TIMESTAMP DEFAULT CURRENT_TIMESTAMP, series_index REAL NOT NULL DEFAULT 1.0,
    author_sort TEXT COLLATE NOCASE, path TEXT NOT NULL DEFAULT '', uuid TEXT, has_cover BOOL DEFAULT 0,
    last_modified TIMESTAMP NOT NULL DEFAULT '2000-01-01 00:00:00+00:00');
CREATE INDEX authors_idx ON books (author_sort COLLATE NOCASE);
CREATE INDEX books_idx ON books (sort COLLATE NOCASE);
CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE, sort TEXT COLLATE NOCASE,
    link TEXT NOT NULL DEFAULT '', UNIQUE (name));
CREATE TABLE publishers (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE, sort TEXT COLLATE NOCASE,
    link TEXT NOT NULL DEFAULT '', UNIQUE (name));
CREATE INDEX publishers_idx ON publishers (name COLLATE NOCASE);
CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE, sort TEXT COLLATE NOCASE,
    link TEXT NOT NULL DEFAULT '', UNIQUE (name));
CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE, link TEXT NOT NULL DEFAULT '',
    UNIQUE (name));
CREATE INDEX tags_idx ON tags (name COLLATE NOCASE);
CREATE TABLE languages (id INTEGER PRIMARY KEY, lang_code TEXT NOT NULL COLLATE NOCASE, link TEXT NOT NULL DEFAULT '',
    UNIQUE (lang_code));
CREATE INDEX languages_idx ON languages (lang_code COLLATE NOCASE);
CREATE TABLE ratings (id INTEGER PRIMARY KEY, rating INTEGER, link TEXT NOT NULL DEFAULT '', UNIQUE (rating));
CREATE TABLE identifiers (id INTEGER PRIMARY KEY, book INTEGER NOT NULL,
    type TEXT NOT NULL DEFAULT 'isbn' COLLATE NOCASE, val TEXT NOT NULL COLLATE NOCASE, UNIQUE (book, type));
CREATE TABLE comments (id INTEGER PRIMARY KEY, book INTEGER NOT NULL, text TEXT NOT NULL COLLATE NOCASE, UNIQUE (book));
CREATE TABLE data (id INTEGER PRIMARY KEY, book INTEGER NOT NULL, format TEXT NOT NULL COLLATE NOCASE,
    uncompressed_size INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (book, format));
CREATE INDEX data_idx ON data (book);
CREATE TABLE custom_columns (id INTEGER PRIMARY KEY, label TEXT NOT NULL, name TEXT NOT NULL, datatype TEXT NOT NULL,
    mark_for_delete BOOL DEFAULT 0 NOT NULL, editable BOOL DEFAULT 1 NOT NULL, display TEXT DEFAULT '{}' NOT NULL,
    is_multiple BOOL DEFAULT 0 NOT NULL, normalized BOOL NOT NULL);
CREATE TABLE metadata_dirtied (id INTEGER PRIMARY KEY, book INTEGER NOT NULL, UNIQUE (book));
CREATE TABLE library_id (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, UNIQUE (uuid));
"""
LINK = """
CREATE TABLE books_{table}_link (id INTEGER PRIMARY KEY, book INTEGER NOT NULL, {column} INTEGER NOT NULL,
    UNIQUE (book, {column}));
CREATE INDEX books_{table}_link_aidx ON books_{table}_link ({column});
CREATE INDEX books_{table}_link_bidx ON books_{table}_link (book);
"""
COLUMNS = "id, title, author, published_year, isbn, publisher, language, subjects, added_at"
AT_ONCE = 10_000
# Calibre has three letters where Bookplate has two.
LANGUAGES = {
    **{"en": "eng", "de": "deu", "fr": "fra", "es": "spa", "it": "ita"},
    **{"pl": "pol", "nl": "nld", "sv": "swe", "ja": "jpn"},
}
# What Calibre writes for a date that it does not know.
NO_DATE = "0101-01-01 00:00:00+00:00"
ARTICLE = re.compile(r"(The|A|An)\s+(.+)", re.IGNORECASE)


def write(source: Path, target: Path) -> None:
    """Make the library `target`/metadata.db out of Bookplate's SQLite file `source`."""
    target.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as books, closing(_new(target)) as calibre:
        rows = books.execute(f"SELECT {COLUMNS} FROM catalog_book ORDER BY id")
        writing = _Writing(calibre)
        while some := rows.fetchmany(AT_ONCE):
            writing.add(some)
        writing.end()


def _new(target: Path) -> sqlite3.Connection:
    path = target / "metadata.db"
    path.unlink(missing_ok=True)
    calibre = sqlite3.connect(path, isolation_level=None)
    calibre.execute("PRAGMA synchronous=OFF")
    calibre.executescript(SCHEMA + "".join(LINK.format(table=t, column=c) for t, c in (LINKED | UNUSED).items()))
    calibre.execute("INSERT INTO library_id (uuid) VALUES (?)", [str(uuid.uuid4())])
    calibre.execute("BEGIN")
    return calibre


@dataclass(frozen=True)
class _Book:
    """A book of Bookplate, and what Calibre makes of it."""

    id: int
    title: str
    author: str
    year: int | None
    isbn: str | None
    publisher: str
    language: str
    subjects: str
    added: str

    def row(self) -> tuple[Any, ...]:
        sort = ARTICLE.sub(r"\2, \1", self.title)
        published = f"{self.year:04}-01-01 00:00:00+00:00" if self.year else NO_DATE
        author = " & ".join(map(_by_surname, self.values("authors")))
        path = f"{self.values('authors')[0]}/{self.title[:40]} ({self.id})"
        added = f"{self.added[:19]}+00:00"
        number = str(uuid.uuid5(uuid.NAMESPACE_OID, str(self.id)))
        return self.id, self.title, sort, added, published, 1.0, author, path, number, 0, added

    def values(self, table: str) -> list[str]:
        match table:
            case "authors":
                return self.author.split(", ") if self.author else ["Unknown"]
            case "tags":
                return self.subjects.split("; ") if self.subjects else []
            case "languages":
                return [LANGUAGES[self.language]] if self.language else []
        return [self.publisher] if self.publisher else []


def _by_surname(name: str) -> str:
    given, _, family = name.rpartition(" ")
    return f"{family}, {given}" if given else family


@dataclass
class _Writing:
    calibre: sqlite3.Connection
    names: dict[str, dict[str, int]] = field(default_factory=lambda: {table: {} for table in LINKED})

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        books = [_Book(*row) for row in rows]
        self._insert("books", [one.row() for one in books])
        self._insert("identifiers", [(None, one.id, "isbn", one.isbn) for one in books if one.isbn])
        for table in LINKED:
            self._insert(f"books_{table}_link", list(self._links(table, books)))

    def _links(self, table: str, books: Iterable["_Book"]) -> Iterator[tuple[None, int, int]]:
        known = self.names[table]
        for book in books:
            for name in dict.fromkeys(book.values(table)):
                yield None, book.id, known.setdefault(name, len(known) + 1)

    def end(self) -> None:
        self._insert(
            "authors", [(number, name, _by_surname(name), "") for name, number in self.names["authors"].items()]
        )
        self._insert("publishers", [(number, name, name, "") for name, number in self.names["publishers"].items()])
        for table in ("tags", "languages"):
            self._insert(table, [(number, name, "") for name, number in self.names[table].items()])
        self.calibre.execute("COMMIT")

    def _insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            places = ", ".join("?" * len(rows[0]))
            self.calibre.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
