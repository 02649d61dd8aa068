"""Pages by key: the next page begins after the last row's sort key, wherever that row is by then.

Unlike an offset this costs the same at any depth, and no row is shown twice or missed when others
are added meanwhile. The sort key is never null and tied by id.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import F, Field, Func, Model, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan

from bookplate.core.errors import Invalid

Row = TypeVar("Row", bound=Model)
USUAL_LIMIT = 100
SIDES = {"gt": GreaterThan, "lt": LessThan}


@dataclass(frozen=True)
class Page(Generic[Row]):
    items: list[Row]
    next: str
    """The cursor of the page after this one; empty at the end."""


@dataclass(frozen=True)
class Place:
    """Which page is wanted: in which order (as `page` takes it), after which cursor, and how long."""

    ordering: str
    after: str
    limit: int

    @property
    def column(self) -> str:
        return self.ordering.removeprefix("-")


class _Row(Func):
    """Several values compared at once, so that an index is entered at the very row."""

    function = ""
    output_field = Field()


def page(rows: "QuerySet[Row]", ordering: str = "id", after: str = "", limit: int = USUAL_LIMIT) -> Page[Row]:
    """At most `limit` of `rows`, sorted by the column `ordering`; "-" before it reverses, "__" follows a relation.

    Raises `Invalid` for a cursor that did not come from a page in this order.
    """
    column = ordering.removeprefix("-")
    items = list(in_order(rows, ordering, read(rows.model, ordering, after) if after else None)[: limit + 1])
    more = len(items) > limit
    return Page(items[:limit], _cursor_of(items[limit - 1], column) if more else "")


def _cursor_of(row: Model, column: str) -> str:
    return cursor(column, reduce(getattr, column.split("__"), row), row.pk)


def cursor(column: str, key: Any, number: int) -> str:
    """Where the page ends whose last row has this key and id."""
    text = json.dumps([column, key.isoformat() if isinstance(key, datetime) else key, number])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def in_order(rows: "QuerySet[Row, Any]", ordering: str, beyond: tuple[Any, Any] | None) -> "QuerySet[Row, Any]":
    """`rows` sorted by `ordering` and id, those after the key and id `beyond`: to be sliced, nothing else."""
    column, sign = ordering.removeprefix("-"), "-" if ordering.startswith("-") else ""
    keys = [f"{sign}id"] if column == "id" else [f"{sign}{column}", f"{sign}id"]
    return (rows if beyond is None else _beyond(rows, column, "lt" if sign else "gt", *beyond)).order_by(*keys)


def _beyond(rows: "QuerySet[Row, Any]", column: str, side: str, key: Any, number: Any) -> "QuerySet[Row, Any]":
    if column == "id":
        return rows.filter(**{f"id__{side}": number})
    if "__" in column:  # no index has it together with the id
        ties = Q(**{f"{column}__{side}": key}) | Q(**{column: key, f"id__{side}": number})
        return rows.filter(Q(**{f"{column}__{side}e": key}) & ties)
    if connections[rows.db].vendor == "postgresql":
        return rows.filter(
            SIDES[side](_Row(F(column), F("id")), _Row(_value(rows, column, key), _value(rows, "id", number)))
        )
    # SQLite enters an index by key and id only where the key is given: the ties, then the rest, merged as they come.
    rows = rows.order_by()
    equal = rows.filter(**{column: key, f"id__{side}": number})
    return equal.union(rows.filter(**{f"{column}__{side}": key}), all=True)


def _value(rows: "QuerySet[Any, Any]", column: str, value: Any) -> Any:
    known = hasattr(value, "resolve_expression")
    return value if known else Value(value, output_field=kind(rows.model, column))


def read(model: type[Model], ordering: str, after: str) -> tuple[Any, int]:
    """The key and id in a cursor; raises `Invalid` for one that did not come from a page in this order."""
    column = ordering.removeprefix("-")
    key, number = opened(after, column)
    try:
        return _sort_key(model, column, key), number
    except (ValueError, TypeError, OverflowError, ValidationError):
        raise not_of_this_list() from None


def opened(after: str, column: str) -> tuple[Any, int]:
    """What stands in a cursor, the key whatever it is; raises `Invalid` for one of another list."""
    try:
        named, key, number = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if named != column or not isinstance(number, int) or abs(number) >= 2**63:
            raise ValueError
        return key, number
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise not_of_this_list() from None


def not_of_this_list() -> Invalid:
    return Invalid("after", "This page cursor does not belong to this list and order. Start from the first page.")


def _sort_key(model: type[Model], column: str, key: Any) -> Any:
    """`key` as the column's own type, such that every database can compare with it; raises `ValueError` and the like.

    Cursors come from the address, so anybody can make one up.
    """
    value = kind(model, column).to_python(key)
    if value is None or "\0" in str(value) or (isinstance(value, int) and abs(value) >= 2**63):
        raise ValueError
    str(value).encode()
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def kind(model: type[Model], column: str) -> "Field[Any, Any]":
    *relations, name = column.split("__")
    for relation in relations:
        model = cast("type[Model]", model._meta.get_field(relation).related_model)
    field = cast("Field[Any, Any]", model._meta.get_field(name))
    return cast("Field[Any, Any]", getattr(field, "output_field", field))
