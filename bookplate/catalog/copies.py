"""Adding, changing and removing copies; each tells what happened to those who may see it."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from bookplate.catalog import covers
from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.core import events
from bookplate.core.errors import Invalid, StillUsed
from bookplate.core.events import Note
from bookplate.core.models import Audience, changed, locked
from bookplate.people.models import User

OWNER = {"owner", "owner_group"}
_before_new_owner: list[Callable[[Copy], None]] = []


def before_new_owner(check: Callable[[Copy], None]) -> None:
    """A higher room's word: `check` is given the locked copy and raises a `Refusal` why its owner cannot change now."""
    _before_new_owner.append(check)


@transaction.atomic
def add(book: Book, **values: Any) -> Copy:
    copy = Copy.objects.create(book=book, **values)
    _record("copy.added", copy)
    return copy


def add_own(book: Book, owner: User, **values: Any) -> Copy:
    """Put a copy on somebody's own shelf, for their friends unless they say otherwise."""
    return add(book, **{"visibility": Visibility.FRIENDS} | values, owner=owner)


@transaction.atomic
def add_own_edition(edition: dict[str, Any], owner: User, visibility: str) -> Copy:
    """An edition that the catalogue has not yet, brought in by whoever has a copy of it at home."""
    book = Book.objects.create(**edition)
    covers.want(book)
    copy = Copy.objects.create(book=book, owner=owner, visibility=visibility)
    added = Note("book.added", (Audience.PUBLIC, None), book=book.pk)
    events.record_all([added, Note("copy.added", copy.audience(), book=book.pk, copy=copy.pk)])
    return copy


@transaction.atomic
def change(copy: Copy, **values: Any) -> Copy:
    """Raises `Invalid` for another book: loans and holds of this copy are of the book it is.

    For another owner, what those say who were registered with `before_new_owner`.
    """
    if "book" in values and not Copy.objects.filter(pk=copy.pk, book=values["book"]).exists():
        raise Invalid("book", "A copy stays with its book. Remove this copy and add one to the other book.")
    if OWNER & values.keys():
        _check_new_owner(locked(copy), values)
    copy = changed(copy, values)
    _record("copy.changed", copy)
    return copy


def _check_new_owner(copy: Copy, values: dict[str, Any]) -> None:
    if any(values[name] != getattr(copy, name) for name in OWNER & values.keys()):
        for check in _before_new_owner:
            check(copy)


@transaction.atomic
def remove(copy: Copy) -> None:
    """Strike a copy off; raises `StillUsed` when it was ever lent, for its history's sake."""
    number, audience = copy.pk, copy.audience()
    try:
        locked(copy).delete()
    except ProtectedError:
        raise StillUsed(
            f"Copy {copy.barcode} has been lent, and its history stays. Let only the desk see it instead."
        ) from None
    events.record("copy.removed", audience, book=copy.book_id, copy=number)


def _record(type: str, copy: Copy) -> None:
    events.record(type, copy.audience(), book=copy.book_id, copy=copy.pk)
