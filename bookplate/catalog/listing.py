"""The catalogue as a list: which books, in which order, how many copies a viewer can have of each.

The pages and the API ask here, so that they cannot disagree.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from bookplate.catalog import json_rows, paging
from bookplate.catalog.json_rows import Columns, JSONText
from bookplate.catalog.models import NO_YEAR, Book, Copy
from bookplate.catalog.paging import Place
from bookplate.catalog.search.words import search
from bookplate.people import roles
from bookplate.people.folding import fold
from bookplate.people.statements import Slot, Statement, compiled

# Name in the address → the never-null column that is sorted by; "-" before it reverses.
SORT_KEYS = {
    "id": "id",
    "title": "title_key",
    "author": "author_key",
    "published_year": "year_key",
    "added": "added_at",
}
LARGEST_ID = 2**63 - 1
YEARS = {
    "published_year": "year_key",
    "published_year__gte": "year_key__gte",
    "published_year__lte": "year_key__lte",
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

    def exact(self) -> dict[str, Any]:
        """Those that an index answers by itself, as look-ups."""
        wanted: dict[str, Any] = {name: value for name in ("isbn", "language") if (value := getattr(self, name))}
        for name, lookup in YEARS.items():
            if (year := getattr(self, name)) is not None:
                wanted[lookup] = max(year, NO_YEAR + 1)
        return wanted | ({"year_key__gt": NO_YEAR} if set(wanted) & set(YEARS.values()) == {"year_key__lte"} else {})

    def parts(self) -> dict[str, str]:
        return {"author_key": fold(self.author), "title_key": fold(self.title)}


def find(filters: Filters, viewer: roles.Viewer) -> "QuerySet[Book]":
    return _narrowed(Book.objects.filter(**filters.exact()), filters, viewer)


def _narrowed(books: "QuerySet[Book]", filters: Filters, viewer: roles.Viewer) -> "QuerySet[Book]":
    """By everything but what is `exact`."""
    books = search(books, filters.search) if filters.search else books
    for column, text in filters.parts().items():
        books = books.filter(**{f"{column}__contains": text}) if text else books
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


@dataclass(frozen=True)
class JSONPage:
    body: bytes
    next: str
    """The cursor of the page after this one; empty at the end."""


@dataclass(frozen=True)
class Shape:
    """All of the list's statement but its values."""

    columns: Columns
    exact: tuple[str, ...]
    available: bool | None
    ordering: str
    begun: bool


def json_page(columns: Columns, filters: Filters, viewer: roles.Viewer, place: Place) -> JSONPage:
    """A page of books as a JSON array; raises `Invalid` for a cursor of another list."""
    exact = filters.exact()
    key, number = paging.read(Book, place.ordering, place.after) if place.after else (None, None)
    shape = Shape(columns, tuple(exact), filters.available, place.ordering, bool(place.after))
    values = exact | {"key": key, "number": number}
    text, last = json_rows.page(_statement(shape, filters, viewer), values, place.limit)
    return JSONPage(f"[{text}]".encode(), paging.cursor(place.column, *last) if last else "")


def json_book(columns: Columns, number: int) -> bytes | None:
    """One book as a JSON object; nothing when there is none of this number."""
    if number > LARGEST_ID:
        return None
    rows = _book_statement(columns).rows({"id": number}, 1)
    return rows[0][0].encode() if rows else None


def _statement(shape: Shape, filters: Filters, viewer: roles.Viewer) -> Statement:
    """Kept for the next time, unless it holds the viewer's own rights or words that are looked for."""
    own_rights = filters.available is not None and roles.is_signed_in(viewer)
    if own_rights or filters.search or filters.author or filters.title:
        return _compiled(shape, filters, viewer)
    return _prepared(shape)


@lru_cache(maxsize=256)
def _prepared(shape: Shape) -> Statement:
    return _compiled(shape, Filters(available=shape.available), AnonymousUser())


def _compiled(shape: Shape, filters: Filters, viewer: roles.Viewer) -> Statement:
    """With the values of `filters` that are not exact in it."""
    column = shape.ordering.removeprefix("-")
    exact = Book.objects.filter(**{lookup: _slot(lookup, lookup.partition("__")[0]) for lookup in shape.exact})
    rows = _narrowed(exact, filters, viewer).values_list(JSONText(shape.columns), column, "id")
    begin = (_slot("key", column), _slot("number", "id")) if shape.begun else None
    return json_rows.as_page(compiled(paging.in_order(rows, shape.ordering, begin)), column)


@lru_cache(maxsize=16)
def _book_statement(columns: Columns) -> Statement:
    return compiled(Book.objects.filter(id=_slot("id", "id")).order_by().values_list(JSONText(columns)))


def _slot(name: str, column: str) -> Slot:
    return Slot(name, paging.kind(Book, column))
