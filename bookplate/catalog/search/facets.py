"""How the books that were found divide into languages, subjects and decades, and how many a viewer can have now."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Expression, Max, Min, QuerySet

from bookplate.catalog.filters import Filters, find
from bookplate.catalog.models import NO_YEAR, Book, Copy
from bookplate.catalog.search import index, spelling, tiers, words
from bookplate.people import roles

COUNTED = 1_500
"""Of more books than these, so many are looked at, evenly spread, and the counts are estimates."""
MOST = 20

Counts = list[tuple[str | int, int]]
Row = tuple[int, str, int, str]
"""Id, language, year and subjects of a book."""


@dataclass(frozen=True)
class Facets:
    total: int
    searched_for: str
    """What was looked for in place of a search that nothing fits as it was spelt."""
    estimated: bool
    """Whether all counts but the total are estimates."""
    available: int
    languages: Counts
    subjects: Counts
    decades: Counts


def of(filters: Filters, viewer: roles.Viewer) -> Facets:
    total, searched_for = _total(filters, viewer), ""
    if not total and (meant := spelling.meant(filters)):
        filters, searched_for = meant, meant.search
        total = _total(filters, viewer)
    rows = _rows(filters, viewer, total)
    scale = total / len(rows) if rows else 1
    return Facets(
        total,
        searched_for,
        len(rows) < total,
        round(_available([row[0] for row in rows], viewer) * scale),
        _most((row[1] for row in rows if row[1]), scale),
        _subjects((row[3] for row in rows), scale),
        _most((row[2] // 10 * 10 for row in rows if row[2] != NO_YEAR), scale),
    )


def _total(filters: Filters, viewer: roles.Viewer) -> int:
    """The index counts by itself what it finds by itself."""
    node = tiers.widest(filters.query)
    alone = node and not filters.look_ups() and not filters.query.says_more and filters.available is None
    return index.counts([node])[0] if node and alone else find(filters, viewer).count()


def _rows(filters: Filters, viewer: roles.Viewer, total: int) -> list[Row]:
    """Of the books that fit, or some of them."""
    books = find(filters, viewer)
    if total > COUNTED:
        books = _some(books, filters, -(-total // COUNTED))
    return list(books.order_by().values_list("id", "language", "year_key", "subjects"))


def _some(books: "QuerySet[Book]", filters: Filters, step: int) -> "QuerySet[Book]":
    """Every `step`th by its id: of few such numbers each is looked up, of many the index tells which fit."""
    if not tiers.widest(filters.query) and len(numbers := _each(step)) <= 10 * COUNTED:
        return books.filter(pk__in=_Numbers(numbers))
    number = index.here().number if tiers.widest(filters.query) else "catalog_book.id"
    return books.extra(where=[f"{number} %% %s = 0"], params=[step])  # noqa: S610


def _each(step: int) -> range:
    # Asked for together, SQLite looks through all of them.
    first, last = (Book.objects.aggregate(end=end("id"))["end"] or 0 for end in (Min, Max))
    return range(first, last + 1, step)


class _Numbers(Expression):
    """Many at once, as the one parameter that they are: for each by itself Django takes longer than the database."""

    def __init__(self, numbers: Iterable[int]) -> None:
        super().__init__(output_field=BigIntegerField())
        self.numbers = list(numbers)

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        if connection.vendor == "sqlite":
            return "(SELECT value FROM json_each(%s))", [json.dumps(self.numbers)]
        return "(SELECT unnest(%s::bigint[]))", [self.numbers]


def _available(numbers: list[int], viewer: roles.Viewer) -> int:
    copies = Copy.objects.visible_to(viewer).available().filter(book__in=_Numbers(numbers))
    return copies.order_by().values("book").distinct().count()


def _most(values: Iterable[str | int], scale: float) -> Counts:
    """The most frequent first, and equally frequent ones in their order."""
    return _scaled(Counter(values), scale)


def _subjects(texts: Iterable[str], scale: float) -> Counts:
    """Each under the spelling that most books give it."""
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for text, times in Counter(texts).items():
        for key, subject in {words.heading(subject): subject for subject in words.headings(text)}.items():
            spelt[key][subject] += times
    counts: Counter[str | int] = Counter()
    for spellings in spelt.values():
        counts[min(spellings, key=lambda subject: (-spellings[subject], subject))] = spellings.total()
    return _scaled(counts, scale)


def _scaled(counts: "Counter[str | int]", scale: float) -> Counts:
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST]
    return [(value, round(count * scale)) for value, count in best]
