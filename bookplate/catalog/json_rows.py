"""Rows that leave the database as JSON text (docs/decisions/json-from-the-database.md)."""

from typing import Any, TypeAlias

from django.db.models import Func, TextField
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
