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
from django.db.models import Field, Model, Q, QuerySet

from bookplate.core.errors import Invalid

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    items: list[Row]
    next: str
    """The cursor of the page after this one; empty at the end."""


def page(rows: "QuerySet[Row]", ordering: str = "id", after: str = "", limit: int = 100) -> Page[Row]:
    """At most `limit` of `rows`, sorted by the column `ordering`; "-" before it reverses, "__" follows a relation.

    Raises `Invalid` for a cursor that did not come from a page in this order.
    """
    column, down = ordering.removeprefix("-"), ordering.startswith("-")
    if after:
        rows = rows.filter(_beyond(rows.model, column, down, after))
    sign = "-" if down else ""
    keys = [f"{sign}{column}"] if column == "id" else [f"{sign}{column}", f"{sign}id"]
    items = list(rows.order_by(*keys)[: limit + 1])
    more = len(items) > limit
    return Page(items[:limit], _cursor(items[limit - 1], column) if more else "")


def _cursor(row: Model, column: str) -> str:
    key = reduce(getattr, column.split("__"), row)
    text = json.dumps([column, key.isoformat() if isinstance(key, datetime) else key, row.pk])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _beyond(model: type[Model], column: str, down: bool, after: str) -> Q:
    key, number = _read(model, column, after)
    side = "lt" if down else "gt"
    if column == "id":
        return Q(**{f"id__{side}": number})
    # The first condition lets the database start in the index; the second settles ties.
    ties = Q(**{f"{column}__{side}": key}) | Q(**{column: key, f"id__{side}": number})
    return Q(**{f"{column}__{side}e": key}) & ties


def _read(model: type[Model], column: str, after: str) -> tuple[Any, int]:
    try:
        named, key, number = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if named != column or not isinstance(number, int) or abs(number) >= 2**63:
            raise ValueError
        return _sort_key(model, column, key), number
    except (ValueError, TypeError, OverflowError, ValidationError, RecursionError):
        raise Invalid(
            "after", "This page cursor does not belong to this list and order. Start from the first page."
        ) from None


def _sort_key(model: type[Model], column: str, key: Any) -> Any:
    """`key` as the column's own type, such that every database can compare with it; raises `ValueError` and the like.

    Cursors come from the address, so anybody can make one up.
    """
    *relations, name = column.split("__")
    for relation in relations:
        model = cast("type[Model]", model._meta.get_field(relation).related_model)
    field = cast("Field[Any, Any]", model._meta.get_field(name))
    value = getattr(field, "output_field", field).to_python(key)
    if value is None or "\0" in str(value):
        raise ValueError
    str(value).encode()
    return value.astimezone(UTC) if isinstance(value, datetime) else value
