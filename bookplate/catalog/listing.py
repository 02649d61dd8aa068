"""The catalogue as a list: which books, in which order, how many copies a viewer can have of each.

The pages and the API ask here, so that they cannot disagree.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from bookplate.catalog import json_rows, paging, ranked
from bookplate.catalog.filters import Filters, available, find, for_anybody, slot, slots
from bookplate.catalog.json_rows import Columns, JSONRow, JSONText
from bookplate.catalog.models import Book, Copy
from bookplate.catalog.paging import Place
from bookplate.catalog.search import finding, spelling
from bookplate.people import roles
from bookplate.people.statements import Statement, compiled

# Name in the address → the never-null column that is sorted by; "-" before it reverses.
SORT_KEYS = {
    "id": "id",
    "title": "title_key",
    "author": "author_key",
    "published_year": "year_key",
    "added": "added_at",
}
LARGEST_ID = 2**63 - 1
ORDERINGS = {sign + name: sign + key for name, key in SORT_KEYS.items() for sign in ("", "-")}


def with_availability(books: "QuerySet[Book]", viewer: roles.Viewer) -> "QuerySet[Book]":
    """Each book with `copies_total` and `copies_in`, counted among the copies that `viewer` may see."""
    visible = Copy.objects.visible_to(viewer)
    return books.annotate(copies_total=_count(visible), copies_in=_count(visible.available()))


def _count(copies: "QuerySet[Copy]") -> Coalesce:
    per_book = copies.filter(book=OuterRef("pk")).order_by().values("book").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(per_book, output_field=IntegerField()), 0)


def order(name: str, filters: Filters) -> str:
    """What `name` sorts by; without one a search gives the best first, all else goes by id."""
    return ORDERINGS[name or "id"] if name or not filters.search.strip() else ranked.ORDERING


@dataclass(frozen=True)
class JSONPage:
    body: bytes
    next: str
    """The cursor of the page after this one; empty at the end."""
    searched_for: str = ""
    """What was looked for in place of a search that nothing fits as it was spelt."""


@dataclass(frozen=True)
class Shape:
    """All of the list's statement but its values."""

    columns: Columns
    look_ups: tuple[str, ...]
    available: bool | None
    ordering: str
    begun: bool


def json_page(columns: Columns, filters: Filters, viewer: roles.Viewer, place: Place) -> JSONPage:
    """A page of books as a JSON array; raises `Invalid` for a cursor of another list."""
    page = _json_page(columns, filters, viewer, place)
    if page.body != b"[]" or not (meant := spelling.meant(filters)):
        return page
    return replace(_json_page(columns, meant, viewer, place), searched_for=meant.search)


def _json_page(columns: Columns, filters: Filters, viewer: roles.Viewer, place: Place) -> JSONPage:
    if place.ordering == ranked.ORDERING:
        text, next_page = ranked.json_page(columns, filters, viewer, place)
        return JSONPage(b"[%b]" % text, next_page)
    look_ups = filters.look_ups()
    key, number = paging.read(Book, place.ordering, place.after) if place.after else (None, None)
    shape = Shape(columns, tuple(look_ups), filters.available, place.ordering, bool(place.after))
    values = look_ups | {"key": key, "number": number}
    text, last = json_rows.page(_statement(shape, filters, viewer), values, place.limit)
    return JSONPage(b"[%b]" % text, paging.cursor(place.column, *last) if last else "")


def page(filters: Filters, viewer: roles.Viewer, place: Place) -> tuple[paging.Page[Book], str]:
    """A page of books with their availability, and what was searched for if that is not what was typed."""
    found = _page(filters, viewer, place)
    if found.items or not (meant := spelling.meant(filters)):
        return found, ""
    return _page(meant, viewer, place), meant.search


def _page(filters: Filters, viewer: roles.Viewer, place: Place) -> paging.Page[Book]:
    if place.ordering != ranked.ORDERING:
        books = with_availability(find(filters, viewer), viewer)
        return paging.page(books, place.ordering, place.after, place.limit)
    numbers, next_page = ranked.page(filters, viewer, place)
    found = {book.pk: book for book in with_availability(Book.objects.filter(pk__in=numbers), viewer)}
    return paging.Page([found[number] for number in numbers if number in found], next_page)


def json_book(columns: Columns, number: int) -> bytes | None:
    """One book as a JSON object; nothing when there is none of this number."""
    if number > LARGEST_ID:
        return None
    rows = _book_statement(columns).rows({"id": number}, 1)
    return rows[0][0].encode() if rows else None


def _statement(shape: Shape, filters: Filters, viewer: roles.Viewer) -> Statement:
    """Kept for the next time, unless it holds the viewer's own rights or words that are looked for."""
    if filters.depends_on(viewer) or filters.has_words:
        return _compiled(shape, filters, viewer)
    return _prepared(shape)


def _compiled(shape: Shape, filters: Filters, viewer: roles.Viewer) -> Statement:
    """With the values of `filters` that are no look-ups in it."""
    column = shape.ordering.removeprefix("-")
    books = finding.fitting_all(Book.objects.filter(**slots(shape.look_ups)), filters.query)
    rows = available(books, viewer, filters.available).values_list(column, "id", JSONRow(shape.columns))
    # The order alone finds the rows then, by its own index.
    usual = 0 if shape.look_ups or filters.has_words or filters.available is not None else paging.USUAL_LIMIT + 1
    begin = (slot("key", column), slot("number", "id")) if shape.begun else None
    return json_rows.as_page(compiled(paging.in_order(rows, shape.ordering, begin), usual), shape.columns, column)


_prepared = for_anybody(_compiled)


@lru_cache(maxsize=16)
def _book_statement(columns: Columns) -> Statement:
    return compiled(Book.objects.filter(id=slot("id", "id")).order_by().values_list(JSONText(columns)), usual=1)
