"""Rows that leave the database as JSON text (docs/decisions/json-from-the-database.md)."""

import json
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


# JSON text has no line break of its own, so what came last can be cut off again.
BETWEEN = b",\n"
TOGETHER = {
    "sqlite": "CAST(group_concat(body, ',' || char(10)) AS BLOB), group_concat(number), count(*)",
    "postgresql": "convert_to(string_agg(body, E',\\n'), 'UTF8'), string_agg(number::text, ','), count(*)",
}
KEYS = {"sqlite": ", json_group_array(sort_key)", "postgresql": ", array_agg(sort_key)"}


def as_page(rows: Statement, column: str) -> Statement:
    """`rows` of JSON text, sort key (the `column`) and id, made one row.

    A thread gives the interpreter away for each row that it takes from SQLite, and waits to have it back: under load
    a hundred rows cost several times what they cost alone.
    """
    wanted = TOGETHER[connection.vendor] + ("" if column == "id" else KEYS[connection.vendor])
    sql = f"WITH found(body, sort_key, number) AS ({rows.sql}) SELECT {wanted} FROM found"  # noqa: S608
    return replace(rows, sql=sql, binary=True)


def page(statement: Statement, values: Mapping[str, Any], limit: int) -> tuple[bytes, list[Any] | None]:
    """The first `limit` objects, joined by commas, and the key and id of the last one when more come after it."""
    text, numbers, count, *keys = statement.rows(values, limit + 1)[0]
    if count <= limit:
        return text or b"", None
    number = int(numbers.rsplit(",", 2)[-2])
    return text[: text.rindex(BETWEEN)], [_key(statement, keys[0], limit) if keys else number, number]


def _key(statement: Statement, keys: Any, limit: int) -> Any:
    known = json.loads(keys) if isinstance(keys, str) else keys
    return statement.as_python([None, known[limit - 1], None])[1]
