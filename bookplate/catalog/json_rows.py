"""Rows that leave the database as JSON text (docs/decisions/json-from-the-database.md)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from django.db import connection
from django.db.models import Func, TextField
from django.db.models.sql.compiler import SQLCompiler

from bookplate.people.statements import Statement

Columns: TypeAlias = tuple[tuple[str, str], ...]
"""Name in the JSON object and field of the model, in the order in which they are written."""


class JSONText(Func):
    """A row as a JSON object, as text: PostgreSQL's driver would read its own JSON type into Python first.

    For text, integers and nulls, which both databases write alike in meaning; other kinds they write each in its way.
    """

    def __init__(self, columns: Columns) -> None:
        super().__init__(*[field for _, field in columns], output_field=TextField())
        self.names = [name for name, _ in columns]

    def as_sql(self, compiler: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        pairs = ", ".join(f"'{name}', {column}" for name, column in self._named(compiler))
        return f"json_object({pairs})", []

    def as_postgresql(self, compiler: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        columns = ", ".join(f'{column} AS "{name}"' for name, column in self._named(compiler))
        return f"row_to_json((SELECT one FROM (SELECT {columns}) AS one))::text", []  # noqa: S608  (names of our own)

    def _named(self, compiler: SQLCompiler) -> list[tuple[str, str]]:
        columns = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        return list(zip(self.names, columns, strict=True))


class JSONRow(JSONText):
    """What `as_page` writes: PostgreSQL makes a row of its columns there, without a SELECT for each.

    It must be the last that is selected, for it is as wide as it has columns, and Django sorts by places.
    """

    def as_postgresql(self, compiler: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        return ", ".join(column for _, column in self._named(compiler)), []


# JSON text has no line break of its own, so what came last can be cut off again.
BETWEEN = b",\n"
# Of all rows but the last, which only says that there are more, the last one's.
LAST = {"sqlite": "json_extract(json_group_array({0}), '$[#-2]')", "postgresql": "(array_agg({0}))[count(*) - 1]"}


def as_page(rows: Statement, columns: Columns, column: str) -> Statement:
    """`rows` of sort key (the `column`), id and `JSONRow`, made one row.

    A thread gives the interpreter away for each row that it takes from SQLite, and waits to have it back: under load
    a hundred rows cost several times what they cost alone.
    """
    last = [LAST[connection.vendor].format(name) for name in ("number", "sort_key")[: 1 if column == "id" else 2]]
    together = _in_postgresql if connection.vendor == "postgresql" else _in_sqlite
    return replace(rows, sql=together(rows.sql, columns, ", ".join(["count(*)", *last])), binary=True)


def _in_sqlite(rows: str, columns: Columns, last: str) -> str:
    found = f"WITH found(sort_key, number, body) AS ({rows})"
    return f"{found} SELECT CAST(group_concat(body, ',' || char(10)) AS BLOB), {last} FROM found"  # noqa: S608


def _in_postgresql(rows: str, columns: Columns, last: str) -> str:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    one = ", ".join(f'found."{name}"' for name, _ in columns)
    text = "convert_to(string_agg(row_to_json(one)::text, E',\\n'), 'UTF8')"
    found = f"({rows}) AS found(sort_key, number, {names}) CROSS JOIN LATERAL (SELECT {one}) AS one"
    return f"SELECT {text}, {last} FROM {found}"  # noqa: S608


def page(statement: Statement, values: Mapping[str, Any], limit: int) -> tuple[bytes, tuple[Any, int] | None]:
    """The first `limit` objects, joined by commas, and the key and id of the last one when more come after it."""
    text, count, number, *key = statement.rows(values, limit + 1)[0]
    if count <= limit:
        return text or b"", None
    return text[: text.rindex(BETWEEN)], (statement.as_python(key)[0] if key else number, number)
