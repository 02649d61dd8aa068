"""Find books by the words of their folded search text: all of them, in any order, begun or whole."""

from django.db.models import Q, QuerySet

from bookplate.catalog import isbn
from bookplate.catalog.models import Book
from bookplate.people.folding import fold

# More words narrow nothing down but cost a scan each.
MOST_WORDS = 12


def search(books: "QuerySet[Book]", text: str) -> "QuerySet[Book]":
    """Those of `books` that `text` fits: every word somewhere, or an ISBN in any form."""
    if number := _as_isbn(text):
        return books.filter(isbn=number)
    condition = Q()
    for word in fold(text).split()[:MOST_WORDS]:
        condition &= Q(search_text__contains=word)
    return books.filter(condition)


def _as_isbn(text: str) -> str | None:
    try:
        return isbn.normalise(text)
    except isbn.BadISBN:
        return None
