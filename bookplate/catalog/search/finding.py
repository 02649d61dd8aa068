"""The books that a query fits, as conditions of Django's own: everything but the order."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any, TypeAlias

from django.db.models import Q, QuerySet

from bookplate.catalog.models import Book
from bookplate.catalog.search import index, query, tiers
from bookplate.catalog.search.query import Query, Term
from bookplate.people.folding import sort_key
from bookplate.people.statements import Slot

Books: TypeAlias = "QuerySet[Book, Any]"
# What may follow a title proper: a subtitle, a series, who wrote it.
_BEHIND_A_TITLE = (":", " :", " (", " /", ";", " ;")


def narrowed(books: Books, text: str) -> Books:
    """Those of `books` that `text` fits, in whatever order they come."""
    return fitting_all(books, query.read(text))


def fitting_all(books: Books, wanted: Query) -> Books:
    """By what the index says, and by what only the words themselves say."""
    books = by_words(books, wanted)
    if node := tiers.widest(wanted):
        return fitting(books, index.here().written(node))
    return books.filter(whole_title(title_values(wanted.text))) if wanted and wanted.is_plain else books


def fitting(books: Books, written: "str | Slot") -> Books:
    # Django has no join with a table that is no model's, nor a condition that is the table's name.
    here = index.here()
    return books.extra(tables=list(here.tables), where=[here.fits], params=[written])  # noqa: S610


def by_words(books: Books, wanted: Query) -> Books:
    """What the index cannot say: which words stand side by side, and which are not to be there."""
    for term in wanted.wanted:
        if term.is_phrase:
            books = books.filter(_side_by_side(term))
    for term in wanted.unwanted:
        books = books.exclude(_side_by_side(term))
    return books


def _side_by_side(term: Term) -> Q:
    ways = {term.words, tuple(word for piece in term.pieces for word in piece.joined or piece.words)}
    found = (Q(words__contains=f" {' '.join(mark + word for word in way)} ") for mark in term.marks for way in ways)
    return reduce(or_, found)


def title_values(text: str) -> dict[str, str]:
    """The values for the slots of `whole_title`."""
    key = sort_key(text)
    values = {"title": key}
    for number, sign in enumerate(_BEHIND_A_TITLE):
        values[f"title_from_{number}"] = key + sign
        values[f"title_to_{number}"] = key + sign[:-1] + chr(ord(sign[-1]) + 1)
    return values


def is_whole_title(values: Mapping[str, str], title_key: str) -> bool:
    """What `whole_title` asks, of one title."""
    return title_key == values["title"] or any(
        values[f"title_from_{number}"] <= title_key < values[f"title_to_{number}"]
        for number in range(len(_BEHIND_A_TITLE))
    )


def whole_title(values: "dict[str, Any]") -> Q:
    """That the title is the text, as far as a subtitle; an index of titles answers it."""
    found = Q(title_key=values["title"])
    for number in range(len(_BEHIND_A_TITLE)):
        found |= Q(title_key__gte=values[f"title_from_{number}"], title_key__lt=values[f"title_to_{number}"])
    return found
