"""Adding, changing and removing editions; each tells what happened."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from bookplate.catalog import covers
from bookplate.catalog.duplicates import merged
from bookplate.catalog.models import Book
from bookplate.core import events
from bookplate.core.errors import Invalid, StillUsed
from bookplate.core.models import Audience, changed, locked

PUBLIC = (Audience.PUBLIC, None)


@transaction.atomic
def add(**values: Any) -> Book:
    """Raises `Invalid` where a book with this ISBN became part of another."""
    book = made(values)
    events.record("book.added", PUBLIC, book=book.pk)
    return book


def made(values: Mapping[str, Any]) -> Book:
    """A new edition, written before it is told; for the caller's transaction."""
    book = Book.objects.create(**values)
    # Only now: a merge that was under way is over, as the database lets an ISBN be taken once.
    if book.isbn and (kept := merged.by_isbn(book.isbn)):
        raise Invalid("isbn", f"The book with this ISBN is part of “{kept.title[:200]}” now (book {kept.pk}).")
    covers.want(book)
    return book


@transaction.atomic
def change(book: Book, **values: Any) -> Book:
    """What somebody says by hand: an import that brought the book is then not taken back over it."""
    return _changed(book, {**values, "edited_at": timezone.now()})


def _changed(book: Book, values: dict[str, Any]) -> Book:
    if "isbn" in values and values["isbn"] != book.isbn:
        values["cover"] = ""  # that was another book's
    book = changed(book, values)
    events.record("book.changed", PUBLIC, book=book.pk)
    return book


@transaction.atomic
def complete(book: Book, values: Mapping[str, Any]) -> bool:
    """Put what is known where the book, as it is now, has nothing; whether something was."""
    now = locked(book)
    new = {name: value for name, value in values.items() if getattr(now, name) in ("", None)}
    if new:
        _changed(now, new)
    return bool(new)


@transaction.atomic
def remove(book: Book) -> None:
    """Take an edition out of the catalogue; raises `StillUsed` while it has copies or holds."""
    number = book.pk
    try:
        locked(book).delete()
    except ProtectedError:
        raise StillUsed(f"“{book.title}” still has copies or holds. Remove those first.") from None
    events.record("book.removed", PUBLIC, book=number)
