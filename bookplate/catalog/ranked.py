"""A search's answers, best first: the tiers one after the other, in one statement that stops when the page is full.

Each tier gives books in the order of their ids, as the index has them, so that even the most common word costs no sort
(docs/decisions/search.md has the measurements).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import F, IntegerField, TextField, Value

from bookplate.catalog import few, json_rows, paging
from bookplate.catalog.filters import Filters, available, for_anybody, slot, slots
from bookplate.catalog.json_rows import Columns, JSONRow
from bookplate.catalog.models import Book
from bookplate.catalog.paging import Place
from bookplate.catalog.search import finding, index, tiers
from bookplate.catalog.search.finding import Books
from bookplate.people import roles
from bookplate.people.statements import Slot, Statement, compiled

ORDERING = "relevance"
_LIMIT = Slot("limit", IntegerField())


@dataclass(frozen=True)
class Branch:
    """All of one tier's statement but its values."""

    tier: int
    columns: Columns | None
    look_ups: tuple[str, ...]
    available: bool | None
    asks_index: bool
    begun: bool


def json_page(columns: Columns, filters: Filters, viewer: roles.Viewer, place: Place) -> tuple[bytes, str]:
    """The objects of the page, joined by commas, and the cursor of the next one."""
    if (answers := few.answers(columns, filters, viewer)) is not None:
        found, next_page = _cut(answers, place)
        return json_rows.BETWEEN.join(each.body.encode() for each in found), next_page
    statement, values = _statement(columns, filters, viewer, place)
    text, last = json_rows.page(json_rows.as_page(statement, columns, ORDERING), values, place.limit)
    return text, paging.cursor(ORDERING, *last) if last else ""


def page(filters: Filters, viewer: roles.Viewer, place: Place) -> tuple[list[int], str]:
    """The ids of the books on the page, and the cursor of the next one."""
    if (answers := few.answers(None, filters, viewer)) is not None:
        found, next_page = _cut(answers, place)
        return [each.number for each in found], next_page
    statement, values = _statement(None, filters, viewer, place)
    rows = statement.rows(values, place.limit + 1)
    more = len(rows) > place.limit
    numbers = [number for _, number, _ in rows[: place.limit]]
    return numbers, paging.cursor(ORDERING, rows[place.limit - 1][0], numbers[-1]) if more else ""


def _cut(answers: list[few.Answer], place: Place) -> tuple[list[few.Answer], str]:
    """Those of the page out of all."""
    begin = _read(place.after) if place.after else (-1, 0)
    left = [each for each in answers if each[:2] > begin]
    found = left[: place.limit]
    return found, paging.cursor(ORDERING, *found[-1][:2]) if len(left) > place.limit else ""


def _statement(
    columns: Columns | None, filters: Filters, viewer: roles.Viewer, place: Place
) -> tuple[Statement, dict[str, Any]]:
    tier_begun, number = _read(place.after) if place.after else (0, 0)
    left = [tier for tier in tiers.of(filters.query) if tier.number >= tier_begun]
    look_ups = filters.look_ups()
    branches = tuple(
        Branch(
            tier.number,
            columns,
            tuple(look_ups),
            filters.available,
            tier.node is not None,
            bool(place.after) and tier.number == tier_begun,
        )
        for tier in left
    )
    values = look_ups | finding.title_values(filters.query.text) | {"number": number, "limit": place.limit + 1}
    values |= {f"node_{tier.number}": index.here().written(tier.node) for tier in left if tier.node}
    return _of_all(branches, filters, viewer), values


def _of_all(branches: tuple[Branch, ...], filters: Filters, viewer: roles.Viewer) -> Statement:
    """Kept for the next time, unless it holds the viewer's own rights or what the index cannot say."""
    if filters.depends_on(viewer) or filters.query.says_more:
        return _joined([_compiled(branch, filters, viewer) for branch in branches])
    return _prepared(branches)


@lru_cache(maxsize=256)
def _prepared(branches: tuple[Branch, ...]) -> Statement:
    return _joined([_branch(branch) for branch in branches])


def _joined(branches: Iterable[Statement]) -> Statement:
    """One after the other, each with its limit: the next is only looked at while the page is not full."""
    sql, parameters = [], []
    for number, branch in enumerate(branches):
        sql.append(f"SELECT * FROM ({branch.sql}) AS tier_{number}")  # noqa: S608
        parameters += [*branch.parameters, _LIMIT]
    return Statement(f"{' UNION ALL '.join(sql)} LIMIT %s", tuple(parameters), {})


def _compiled(branch: Branch, filters: Filters, viewer: roles.Viewer) -> Statement:
    books: Books = available(Book.objects.filter(**slots(branch.look_ups)), viewer, filters.available)
    books = finding.by_words(books, filters.query)
    title = finding.whole_title({name: slot(name, "title_key") for name in finding.title_values("")})
    if branch.tier == tiers.THE_TITLE:
        books = books.filter(title)
    elif branch.tier == tiers.IN_THE_TITLE:
        books = books.exclude(title)
    if branch.asks_index:
        books = finding.fitting(books, Slot(f"node_{branch.tier}", TextField()))
    number = index.here().number if branch.asks_index else "catalog_book.id"
    if branch.begun:
        books = books.extra(where=[f"{number} > %s"], params=[slot("number", "id")])  # noqa: S610
    body = JSONRow(branch.columns) if branch.columns else Value("")
    rows = books.values_list(Value(branch.tier, IntegerField()), "id", body)
    # A few titles are sorted by hand, or the planner walks through all books in their order to find them.
    return compiled(rows.order_by(F("id") + 0) if branch.tier == tiers.THE_TITLE else rows.extra(order_by=[number]))


_branch = for_anybody(_compiled, 1024)


def _read(after: str) -> tuple[int, int]:
    """The tier and the id in a cursor."""
    key, number = paging.opened(after, ORDERING)
    if not isinstance(key, int) or not 0 <= key <= tiers.LAST:
        raise paging.not_of_this_list()
    return key, number
