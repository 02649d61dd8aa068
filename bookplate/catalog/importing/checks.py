"""Whether a draft may become a book: what the model and its constraints demand, told in words."""

import sys
from datetime import date

from django.db.models import Model
from django.utils import timezone

from bookplate.catalog.importing.records import Draft, Held, Unfit
from bookplate.catalog.models import OLDEST_YEAR, Book, Copy

TEXTS = ("title", "author", "publisher", "edition", "language", "subjects")


OF_COPY = ("barcode", "shelfmark")


def _longest(model: type[Model], name: str) -> int:
    most: int | None = getattr(model._meta.get_field(name), "max_length", None)
    return most or sys.maxsize


LONGEST = {name: _longest(Book, name) for name in TEXTS}
LONGEST_OF_COPY = {name: _longest(Copy, name) for name in OF_COPY}


def check(draft: Draft, today: date | None = None) -> None:
    """Raises `Unfit`, naming the field. Only what has an ISBN may be without a title: a book that is here has one."""
    if not draft.title.strip() and not draft.isbn:
        raise Unfit("title", "There is no title.")
    _check_lengths(draft, LONGEST)
    for copy in draft.copies:
        _check_lengths(copy, LONGEST_OF_COPY)
    _check_year(draft.published_year, today or timezone.localdate())


def _check_lengths(draft: Draft | Held, longest: dict[str, int]) -> None:
    for name, most in longest.items():
        if (length := len(getattr(draft, name))) > most:
            raise Unfit(name, f"The {name} has {length:,} characters; at most {most:,} can be kept.")


def _check_year(year: int | None, today: date) -> None:
    if year is None:
        return
    if year > today.year:
        raise Unfit("published_year", f"The year {year} lies in the future.")
    if year < OLDEST_YEAR:
        raise Unfit("published_year", f"The year {year} is before all books.")
