"""The answers of a search that few books fit: found by one look into the index, and put in their order here.

Tier by tier the index is asked the same again and again (`ranked.py`), which is quick where a tier fills the page. Most
searches for several words fit fewer books than a page has, so that every tier would read all the lists of its words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import F, TextField, Value

from bookplate.catalog.filters import Filters, available, for_anybody, slots
from bookplate.catalog.json_rows import Columns, JSONText
from bookplate.catalog.models import Book
from bookplate.catalog.search import finding, index, tiers
from bookplate.catalog.search.query import Query
from bookplate.people import roles
from bookplate.people.statements import Slot, Statement, compiled

FEW = 100
LONGEST = 200
"""Characters of a search; of longer ones the whole title says more than the words that are looked for."""


class Answer(NamedTuple):
    """In the order of answers."""

    tier: int
    number: int
    body: str


@dataclass(frozen=True)
class Shape:
    """All of the statement but its values."""

    columns: Columns | None
    look_ups: tuple[str, ...]
    available: bool | None


def answers(columns: Columns | None, filters: Filters, viewer: roles.Viewer) -> list[Answer] | None:
    """All of them, best first; None when they are more than `FEW`, or likely to be, as of one word alone."""
    query = filters.query
    node = tiers.widest(query) if query.has_several_words and len(query.text) <= LONGEST else None
    if node is None:
        return None
    look_ups = filters.look_ups()
    statement = _statement(Shape(columns, tuple(look_ups), filters.available), filters, viewer)
    rows = statement.rows(look_ups | {"node": index.here().written(node)}, FEW + 1)
    return sorted(_ranked(query, rows)) if len(rows) <= FEW else None


def _ranked(query: Query, rows: list[Any]) -> Iterator[Answer]:
    steps, titles = tiers.of(query), finding.title_values(query.text)
    for body, title, words, number in rows:
        here = frozenset(words.split())
        tier = next(step.number for step in steps if _fits(step, titles, title, here))
        yield Answer(tier, number, body)


def _fits(step: tiers.Tier, titles: Mapping[str, str], title: str, words: frozenset[str]) -> bool:
    if step.number == tiers.THE_TITLE:
        return finding.is_whole_title(titles, title)
    return step.node is None or tiers.fits(step.node, words)


def _statement(shape: Shape, filters: Filters, viewer: roles.Viewer) -> Statement:
    """Kept for the next time, as in `ranked.py`."""
    if filters.depends_on(viewer) or filters.query.says_more:
        return _compiled(shape, filters, viewer)
    return _prepared(shape)


def _compiled(shape: Shape, filters: Filters, viewer: roles.Viewer) -> Statement:
    books = available(Book.objects.filter(**slots(shape.look_ups)), viewer, filters.available)
    books = finding.fitting(finding.by_words(books, filters.query), Slot("node", TextField()))
    body = JSONText(shape.columns) if shape.columns else Value("")
    return compiled(books.order_by().values_list(body, F("title_key"), F("words"), F("id")))


_prepared = for_anybody(_compiled)
