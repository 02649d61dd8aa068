"""Many rows at once: asked for by texts of which there are thousands, and written by the thousand."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models.expressions import RawSQL

_EACH = {
    "sqlite": "(SELECT value AS each FROM json_each(%s)) AS given",
    "postgresql": "json_array_elements_text(%s::json) AS given(each)",
}
_NUMBERS = {
    "sqlite": "SELECT value FROM json_each(%s)",
    "postgresql": "SELECT value::bigint FROM json_array_elements_text(%s::json)",
}
# For SQLite, while many rows are written: 32 MB of pages at hand, and 80 MB in the log before they are copied from it.
FOR_MANY_ROWS = {"cache_size": -32_000, "wal_autocheckpoint": 20_000}


def each_given() -> str:
    """A table `given` with a text in each row (`given.each`), and with a place for `given(texts)`, of however many."""
    return _EACH[connection.vendor]


def given(texts: Collection[str]) -> str:
    """The parameter of `each_given()`."""
    return json.dumps(sorted(texts), ensure_ascii=False)


def among(numbers: Collection[int]) -> RawSQL:
    """For `filter(pk__in=…)`: as one parameter, of thousands of which Django would take more time than the database."""
    return RawSQL(_NUMBERS[connection.vendor], [json.dumps(sorted(numbers))])  # noqa: S611


def by_index(name: str) -> str:
    """Behind the name of a table: which index leads to its rows.

    SQLite believes what it was told of the table when that was hardly filled, and would look through all of it.
    """
    return f"INDEXED BY {name}" if connection.vendor == "sqlite" else ""


@contextmanager
def many_rows() -> Iterator[None]:
    """While they are written: each goes to a page of its own in each index, so the next ones change the same again."""
    if connection.vendor != "sqlite":
        yield
        return
    usual = {name: _pragma(name) for name in FOR_MANY_ROWS}
    for name, value in FOR_MANY_ROWS.items():
        _pragma(f"{name} = {value}")
    try:
        yield
    finally:
        for name, value in usual.items():
            _pragma(f"{name} = {value}")


def _pragma(text: str) -> int:
    """What SQLite goes by, told or only asked; 0 where it says nothing."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {text}")
        return int((cursor.fetchone() or (0,))[0])
