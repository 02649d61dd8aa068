"""Which book of the catalogue a draft is: the same ISBN, or without one the same title, author and year.

A draft without an ISBN is only ever a book without one: to take it for the paperback that has an ISBN
would lose the edition that the list names (docs/decisions/books-without-isbn.md).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from bookplate.catalog.importing.records import Draft
from bookplate.catalog.models import Book
from bookplate.core.many import by_index, each_given, given
from bookplate.people.folding import fold, sort_key

# What an import may fill in where it is empty, and never overwrites.
FILLED = ("author", "published_year", "publisher", "edition", "language", "subjects")
# What tells two editions apart that share title, author and year; unknown fits all.
TELLING_APART = ("language", "edition", "publisher")

# What a draft tells, in the order of a book's fields: by name Django takes twice as long to make one.
_TOLD = attrgetter(*(field.name for field in Book._meta.concrete_fields if field.name in ("title", "isbn", *FILLED)))
_COLUMNS = ", ".join(f"catalog_book.{field.column}" for field in Book._meta.concrete_fields)
# As SQLite calls the index of a column that is unique.
_BY_ISBN = "sqlite_autoindex_catalog_book_1"


class Key(NamedTuple):
    """Folded title, author and year; the titles are compared whole, the database's keys are cut."""

    title: str
    author: str
    year: int | None


def key_of(book: Draft | Book) -> Key:
    return Key(fold(book.title), fold(book.author), book.published_year)


def told_apart(one: Draft | Book, other: Draft | Book) -> list[str]:
    """What both know and say otherwise: they are two editions by that."""
    pairs = {name: (getattr(one, name), getattr(other, name)) for name in TELLING_APART}
    return [name for name, (ours, theirs) in pairs.items() if ours and theirs and fold(ours) != fold(theirs)]


def same_edition(book: Book, draft: Draft | Book) -> bool:
    return not told_apart(book, draft)


def fill(book: Book, draft: Draft) -> set[str]:
    """Put what the draft knows where the book knows nothing; the names of the fields that changed."""
    changed = {name for name in FILLED if getattr(book, name) in ("", None) and getattr(draft, name) not in ("", None)}
    for name in changed:
        setattr(book, name, getattr(draft, name))
    return changed


def as_book(draft: Draft, at: datetime) -> Book:
    """A new one, added at that time."""
    return Book(None, *_TOLD(draft), at)  # type: ignore[misc]


class Matches:
    """The books that the drafts of one batch may be, those made from earlier ones of the batch included."""

    def __init__(self, books: Iterable[Book] = ()) -> None:
        self.by_isbn: dict[str, Book] = {}
        self.by_key: dict[Key, list[tuple[Book, Book]]] = {}
        for book in books:
            self.add(book)

    def add(self, book: Book, before: Book | None = None) -> None:
        """As it is or, where it was merged, as it was `before`; whoever has that name today comes first."""
        seen_as = before or book
        if seen_as.isbn:
            self.by_isbn.setdefault(seen_as.isbn, book)
        else:
            self.by_key.setdefault(key_of(seen_as), []).append((seen_as, book))

    def find(self, draft: Draft | Book) -> Book | None:
        if draft.isbn:
            return self.by_isbn.get(draft.isbn)
        return next((book for seen, book in self.by_key.get(key_of(draft), ()) if same_edition(seen, draft)), None)


def name_of(book: Draft | Book) -> str:
    """By which `candidates` would find it, as dry runs and merges keep it."""
    return f"isbn {book.isbn}" if book.isbn else f"title {sort_key(book.title)}"


def lost_name(before: Book, now: Book) -> str:
    """The name of a book that became a part of another, or was filled in by it; empty while it is found as it was."""
    return "" if Matches([now]).find(before) else name_of(before)


def candidates(drafts: Iterable[Draft]) -> Iterator[Book]:
    """The books of the catalogue that some draft may be, in two queries."""
    drafts = list(drafts)
    if numbers := {draft.isbn for draft in drafts if draft.isbn}:
        yield from Book.objects.raw(_each_with("isbn", _BY_ISBN), [given(numbers)])
    unnumbered = [draft for draft in drafts if not draft.isbn]
    titles, authors = ({sort_key(getattr(draft, name)) for draft in unnumbered} for name in ("title", "author"))
    if titles:
        of_them = f"isbn IS NULL AND author_key IN (SELECT each FROM {each_given()})"  # noqa: S608
        asked = f"{_each_with('title_key', 'book_by_title_key')} AND {of_them}"
        yield from sorted(Book.objects.raw(asked, [given(titles), given(authors)]), key=attrgetter("pk"))


def _each_with(column: str, index: str) -> str:
    """Asks for the books that have one of the given texts in a column, as they are kept."""
    books = f"catalog_book {by_index(index)}"
    return f"SELECT {_COLUMNS} FROM {each_given()} CROSS JOIN {books} WHERE {column} = given.each"  # noqa: S608
