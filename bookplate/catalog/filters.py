"""What the catalogue can be narrowed to, each as the database answers it best."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from bookplate.catalog import paging
from bookplate.catalog.models import NO_YEAR, Book, Copy
from bookplate.catalog.search import finding, query
from bookplate.catalog.search.finding import Books
from bookplate.catalog.search.query import Query
from bookplate.catalog.search.words import Mark
from bookplate.people import roles
from bookplate.people.statements import Slot, Statement

YEARS = {
    "published_year": "year_key",
    "published_year__gte": "year_key__gte",
    "published_year__lte": "year_key__lte",
}

NOTHING = query.read("")


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; an empty value narrows nothing."""

    search: str = ""
    author: str = ""
    title: str = ""
    subject: str = ""
    isbn: str = ""
    published_year: int | None = None
    published_year__gte: int | None = None
    published_year__lte: int | None = None
    language: str = ""
    available: bool | None = None
    exact: bool = False
    """Whether `search` is meant as it is spelt."""

    @cached_property
    def query(self) -> Query:
        """All that the index of words is asked: the search, and the filters that are words as well."""
        if not self.has_words:
            return NOTHING
        return query.read(self.search).with_besides(
            *query.words_of(self.author, Mark.AUTHOR),
            *query.words_of(self.title, Mark.TITLE),
            *query.heading(self.subject),
        )

    @property
    def has_words(self) -> bool:
        """Whether the index of words is asked at all."""
        return bool(self.search or self.author or self.title or self.subject)

    def depends_on(self, viewer: roles.Viewer) -> bool:
        """Whether `viewer` may be answered otherwise than whoever is not signed in."""
        return self.available is not None and roles.is_signed_in(viewer)

    def look_ups(self) -> dict[str, Any]:
        """Those that an index answers by itself."""
        wanted: dict[str, Any] = {name: value for name in ("isbn", "language") if (value := getattr(self, name))}
        wanted |= {YEARS[name]: max(year, NO_YEAR + 1) for name, year in self._years().items()}
        return wanted | ({"year_key__gt": NO_YEAR} if set(wanted) & set(YEARS.values()) == {"year_key__lte"} else {})

    def _years(self) -> dict[str, int]:
        """Those asked for by name, within those of the search."""
        years = {name: year for name in YEARS if (year := getattr(self, name)) is not None}
        if (first := self.query.first_year) is not None:
            years["published_year__gte"] = max(first, years.get("published_year__gte", first))
        if (last := self.query.last_year) is not None:
            years["published_year__lte"] = min(last, years.get("published_year__lte", last))
        return years


class Shape(Protocol):
    """All of a statement but its values."""

    @property
    def available(self) -> bool | None: ...

    def __hash__(self) -> int: ...


OfShape = TypeVar("OfShape", bound=Shape)


def for_anybody(
    compiled: "Callable[[OfShape, Filters, roles.Viewer], Statement]", most: int = 256
) -> "Callable[[OfShape], Statement]":
    """What `compiled` gives for whoever is not signed in, kept for the next time that this shape is asked."""

    @lru_cache(maxsize=most)
    def kept(shape: OfShape) -> Statement:
        return compiled(shape, Filters(available=shape.available), AnonymousUser())

    return kept


def find(filters: Filters, viewer: roles.Viewer) -> "QuerySet[Book]":
    books = finding.fitting_all(Book.objects.filter(**filters.look_ups()), filters.query)
    return available(books, viewer, filters.available)


def available(books: Books, viewer: roles.Viewer, wanted: bool | None) -> Books:
    if wanted is None:
        return books
    in_now = Exists(Copy.objects.visible_to(viewer).available().filter(book=OuterRef("pk")))
    return books.filter(in_now) if wanted else books.exclude(in_now)


def slots(look_ups: tuple[str, ...]) -> dict[str, Slot]:
    """A place for the value of each, so that the statement can be kept."""
    return {look_up: slot(look_up, look_up.partition("__")[0]) for look_up in look_ups}


def slot(name: str, column: str) -> Slot:
    return Slot(name, paging.kind(Book, column))
