"""Bookplate's own exports: values are taken as they are, so that what comes back is exactly what left."""

from collections.abc import Mapping
from typing import Any

from bookplate.catalog.importing import cleaning
from bookplate.catalog.importing.checks import TEXTS
from bookplate.catalog.importing.records import Draft, Held, Unfit

# In the order of the table's columns.
FIELDS = ("title", "author", "published_year", "isbn", "publisher", "edition", "language", "subjects")


def draft(values: Mapping[str, Any], copies: tuple[Held, ...], *, complete: bool) -> Draft:
    """Raises `Unfit`."""
    texts: dict[str, Any] = {name: text(name, values.get(name, "")) for name in TEXTS}
    isbn = cleaning.isbn_of_row([text("isbn", values.get("isbn") or "")])
    return Draft(**texts, published_year=values.get("published_year"), isbn=isbn, copies=copies, complete=complete)


def text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit(name, f"The {name} is no text.")
    if "\0" in value:
        raise Unfit(name, f"The {name} holds a zero byte, which no database keeps.")
    return value
