"""Saying that two books are not the same, and taking it back."""

from django.db import transaction

from bookplate.catalog.duplicates.models import Dismissal
from bookplate.catalog.models import Book
from bookplate.core import events
from bookplate.core.errors import Invalid
from bookplate.core.models import Audience, locked


@transaction.atomic
def dismiss(one: Book, other: Book) -> Dismissal:
    """Show these two as duplicates no more; a second time changes nothing."""
    if one == other:
        raise Invalid("books", "Name two different books.")
    first, second = (locked(book) for book in sorted((one, other), key=lambda book: book.pk))
    dismissal, new = Dismissal.objects.get_or_create(first=first, second=second)
    if new:
        _record("duplicate.dismissed", dismissal)
    return dismissal


@transaction.atomic
def take_back(dismissal: Dismissal) -> None:
    """Show the two again."""
    locked(dismissal).delete()
    _record("duplicate.restored", dismissal)


def _record(type: str, dismissal: Dismissal) -> None:
    words = f"not the same as book {dismissal.second_id}"
    events.record(type, (Audience.STAFF, None), book=dismissal.first_id, note=words)
