"""Adding, changing and removing copies; each tells what happened to those who may see it."""

from collections.abc import Callable
from typing import Any, TypeAlias

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from bookplate.catalog import books
from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.core import events
from bookplate.core.errors import Invalid, RemovedMeanwhile, StillUsed
from bookplate.core.events import Note
from bookplate.core.models import changed
from bookplate.people.models import User
from bookplate.people.statements import Prepared, Slot

OWNER = {"owner", "owner_group"}
# Given the copy, locked with its book, it says what is to be told besides, or raises a `Refusal`.
Word: TypeAlias = Callable[[Copy], list[Note]]
_before_new_owner: list[Word] = []
_before_removal: list[Word] = []
# PostgreSQL locks the rows in the order in which they are named here.
_LOCKED = Prepared(
    lambda: (
        Copy.objects.select_related("book")
        .select_for_update(of=("book", "self"))
        .filter(pk=Slot("copy", Copy._meta.pk))
    )
)


def before_new_owner(word: Word) -> None:
    """A higher room's word on a change of owner."""
    _before_new_owner.append(word)


def before_removal(word: Word) -> None:
    """A higher room's word on striking a copy off."""
    _before_removal.append(word)


def lock_copy(copy: Copy) -> Copy:
    """As it is now, with its book, which is locked first; raises `RemovedMeanwhile`."""
    # Twice, as two books may have become one (`lending.merging`) while this waited for the book that the copy was of.
    now = _LOCKED.first(copy=copy.pk) or _LOCKED.first(copy=copy.pk)
    if now is None:
        raise RemovedMeanwhile(f"{copy} was removed meanwhile.")
    return now


@transaction.atomic
def add(book: Book, **values: Any) -> Copy:
    copy = Copy.objects.create(book=book, **values)
    events.record_all([_note("copy.added", copy)])
    return copy


def add_own(book: Book, owner: User, **values: Any) -> Copy:
    """Put a copy on somebody's own shelf, for their friends unless they say otherwise."""
    return add(book, **{"visibility": Visibility.FRIENDS} | values, owner=owner)


@transaction.atomic
def add_own_edition(edition: dict[str, Any], owner: User, visibility: str) -> Copy:
    """An edition that the catalogue has not yet, brought in by whoever has a copy of it at home; as `books.add`."""
    book = books.made(edition)
    copy = Copy.objects.create(book=book, owner=owner, visibility=visibility)
    added = Note("book.added", books.PUBLIC, book=book.pk)
    events.record_all([added, _note("copy.added", copy)])
    return copy


@transaction.atomic
def change(copy: Copy, **values: Any) -> Copy:
    """Raises `Invalid` for another book: loans and holds of this copy are of the book it is.

    For another owner, what those say who were registered with `before_new_owner`. The book counts as edited by hand.
    """
    if "book" in values and not Copy.objects.filter(pk=copy.pk, book=values["book"]).exists():
        raise Invalid("book", "A copy stays with its book. Remove this copy and add one to the other book.")
    notes = _heard_of_new_owner(copy, values) if OWNER & values.keys() else []
    Book.objects.filter(pk=copy.book_id).update(edited_at=timezone.now())  # first, as it is locked before its copies
    copy = changed(copy, values)
    events.record_all([*notes, _note("copy.changed", copy)])
    return copy


def _heard_of_new_owner(copy: Copy, values: dict[str, Any]) -> list[Note]:
    copy = lock_copy(copy)
    is_new = any(values[name] != getattr(copy, name) for name in OWNER & values.keys())
    return [note for word in _before_new_owner for note in word(copy)] if is_new else []


@transaction.atomic
def remove(copy: Copy) -> None:
    """Strike a copy off; raises `StillUsed` when it was ever lent, for its history's sake."""
    copy = lock_copy(copy)
    notes = [note for word in _before_removal for note in word(copy)]
    told = _note("copy.removed", copy)
    try:
        copy.delete()
    except ProtectedError:
        raise StillUsed(
            f"Copy {copy.barcode} has been lent or asked for, and its history stays. Withdraw it instead."
        ) from None
    events.record_all([*notes, told])


def _note(type: str, copy: Copy) -> Note:
    return Note(type, copy.audience(), book=copy.book_id, copy=copy.pk)
