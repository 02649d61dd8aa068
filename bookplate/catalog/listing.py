"""The catalogue as a list: which books, in which order, how many copies a viewer can have of each.

The pages and the API ask here, so that they cannot disagree.
"""

from dataclasses import dataclass

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from bookplate.catalog.models import Book, Copy
from bookplate.catalog.search.words import search
from bookplate.people import roles
from bookplate.people.folding import fold

# Name in the address → the never-null column that is sorted by; "-" before it reverses.
SORT_KEYS = {
    "id": "id",
    "title": "title_key",
    "author": "author_key",
    "published_year": "year_key",
    "added": "added_at",
}
ORDERINGS = {sign + name: sign + key for name, key in SORT_KEYS.items() for sign in ("", "-")}


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; an empty value narrows nothing."""

    search: str = ""
    author: str = ""
    title: str = ""
    isbn: str = ""
    published_year: int | None = None
    published_year__gte: int | None = None
    published_year__lte: int | None = None
    language: str = ""
    available: bool | None = None


def find(filters: Filters, viewer: roles.Viewer) -> "QuerySet[Book]":
    books = search(Book.objects.all(), filters.search) if filters.search else Book.objects.all()
    for column, text in (("author_key", filters.author), ("title_key", filters.title)):
        if text:
            books = books.filter(**{f"{column}__contains": fold(text)})
    for name in ("isbn", "language"):
        if value := getattr(filters, name):
            books = books.filter(**{name: value})
    for name in ("published_year", "published_year__gte", "published_year__lte"):
        if (year := getattr(filters, name)) is not None:
            books = books.filter(**{name: year})
    return books if filters.available is None else _available(books, viewer, filters.available)


def _available(books: "QuerySet[Book]", viewer: roles.Viewer, wanted: bool) -> "QuerySet[Book]":
    in_now = Exists(Copy.objects.visible_to(viewer).available().filter(book=OuterRef("pk")))
    return books.filter(in_now) if wanted else books.exclude(in_now)


def with_availability(books: "QuerySet[Book]", viewer: roles.Viewer) -> "QuerySet[Book]":
    """Each book with `copies_total` and `copies_in`, counted among the copies that `viewer` may see."""
    visible = Copy.objects.visible_to(viewer)
    return books.annotate(copies_total=_count(visible), copies_in=_count(visible.available()))


def _count(copies: "QuerySet[Copy]") -> Coalesce:
    per_book = copies.filter(book=OuterRef("pk")).order_by().values("book").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(per_book, output_field=IntegerField()), 0)
