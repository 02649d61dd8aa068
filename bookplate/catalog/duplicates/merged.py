"""Where a book is that became part of another."""

from bookplate.catalog.duplicates.models import Merge
from bookplate.catalog.models import Book

# A merge of merges of …: more in a row is nobody's work.
LONGEST_CHAIN = 20


def where(number: int) -> int | None:
    """The id of the book that number `number` is a part of now; None when it never was merged, or all are gone."""
    now = number
    for _ in range(LONGEST_CHAIN):
        kept = Merge.objects.in_force().filter(merged=now).values_list("kept", flat=True).first()
        if kept is None:
            break
        now = kept
    return now if now != number and Book.objects.filter(pk=now).exists() else None
