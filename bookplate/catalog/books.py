"""Adding, changing and removing editions; each tells what happened."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from bookplate.catalog import covers
from bookplate.catalog.models import Book
from bookplate.core import events
from bookplate.core.errors import StillUsed
from bookplate.core.models import Audience, changed, locked

PUBLIC = (Audience.PUBLIC, None)


@transaction.atomic
def add(**values: Any) -> Book:
    book = Book.objects.create(**values)
    covers.want(book)
    events.record("book.added", PUBLIC, book=book.pk)
    return book


@transaction.atomic
def change(book: Book, **values: Any) -> Book:
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
        change(now, **new)
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
