"""Rows that leave the database as JSON text, by statements that are compiled once for each shape.

A shape is all of a statement but its values: which columns, which conditions, which order. Values are only ever
bound as parameters, in the slots left for them (docs/decisions/json-from-the-database.md has the measurements).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from django.db import connection
from django.db.models import DateTimeField, Expression, Field, Func, Model, QuerySet, TextField
from django.db.models.sql.compiler import SQLCompiler

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
        return f"json_object({self._pairs(compiler)})", []

    def as_postgresql(self, compiler: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        return f"json_build_object({self._pairs(compiler)})::text", []

    def _pairs(self, compiler: SQLCompiler) -> str:
        columns = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        return ", ".join(f"'{name}', {column}" for name, column in zip(self.names, columns, strict=True))


class Slot(Expression):
    """The place of the value called `name`, which is of the same kind as the field it is compared with."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        self.name = name
        super().__init__(output_field=field)

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return "%s", [self]

    def bound(self, values: Mapping[str, Any]) -> Any:
        return self.output_field.get_db_prep_value(values[self.name], connection)


@dataclass(frozen=True)
class Statement:
    sql: str
    parameters: tuple[Any, ...]

    def rows(self, values: Mapping[str, Any], limit: int) -> list[Any]:
        """At most `limit` rows, as the database gives them; `values` has one for each slot."""
        bound = [each.bound(values) if isinstance(each, Slot) else each for each in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [*bound, limit])
            found: list[Any] = cursor.fetchall()
        return found


def compiled(rows: "QuerySet[Any, Any]") -> Statement:
    """`rows` as a statement that takes its limit as the last parameter."""
    sql, parameters = rows.query.get_compiler(rows.db, elide_empty=False).as_sql()
    return Statement(f"{sql} LIMIT %s", tuple(parameters))


def as_python(model: type[Model], name: str, value: Any) -> Any:
    """What a statement gave for a column, as the model would have it: SQLite keeps a moment as text."""
    field = cast("Field[Any, Any]", model._meta.get_field(name))
    if not isinstance(field, DateTimeField):
        return value
    column = field.get_col(model._meta.db_table)
    for convert in [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]:
        value = convert(value, column, connection)
    return value
