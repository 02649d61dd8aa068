"""What a dry run would have written, so that a book that comes twice in one file is found the second time.

Kept in a temporary SQLite file that goes by itself: a list may be larger than memory.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator

from bookplate.catalog.importing.matching import FILLED
from bookplate.catalog.importing.records import Draft
from bookplate.catalog.models import Book
from bookplate.people.folding import sort_key

_NAMES = ("title", "isbn", *FILLED)


class Rehearsal:
    """Books that would be new have numbers below zero."""

    def __init__(self) -> None:
        self.store = sqlite3.connect("")
        self.store.execute("CREATE TABLE book (pk INTEGER PRIMARY KEY, isbn TEXT, title_key TEXT, fields TEXT)")
        self.store.execute("CREATE INDEX by_isbn ON book (isbn)")
        self.store.execute("CREATE INDEX by_title ON book (title_key)")
        self.lowest = 0

    def close(self) -> None:
        self.store.close()

    def keep(self, books: Iterable[Book]) -> None:
        with self.store:
            self.store.executemany("INSERT OR REPLACE INTO book VALUES (?, ?, ?, ?)", map(self._row, books))

    def _row(self, book: Book) -> tuple[int, str | None, str, str]:
        if book.pk is None:
            self.lowest -= 1
            book.pk = self.lowest
        return book.pk, book.isbn, sort_key(book.title), json.dumps({name: getattr(book, name) for name in _NAMES})

    def candidates(self, drafts: list[Draft]) -> Iterator[Book]:
        yield from self._find("isbn", {draft.isbn for draft in drafts if draft.isbn})
        yield from self._find("title_key", {sort_key(draft.title) for draft in drafts if not draft.isbn})

    def _find(self, column: str, values: Iterable[str]) -> Iterator[Book]:
        wanted = json.dumps(list(values))
        select = "SELECT pk, fields FROM book WHERE {} IN (SELECT value FROM json_each(?)) ORDER BY pk DESC"
        for pk, fields in self.store.execute(select.format(column), [wanted]):
            yield Book(pk=pk, **json.loads(fields))
