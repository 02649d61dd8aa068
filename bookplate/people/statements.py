"""Statements that are compiled once and then only take their values: building a query anew costs more than running it.

Values are only ever bound as parameters, in the slots left for them (docs/decisions/json-from-the-database.md has the
measurements).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

Row = TypeVar("Row", bound=Model)


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
    converters: Mapping[int, tuple[Any, Any]]
    """Place in the row → what makes Python's value of the database's, and the column it is of."""

    def row(self, values: Mapping[str, Any]) -> list[Any] | None:
        """The first row, as the models would have it."""
        found = self.rows(values, 1)
        return self.as_python(found[0]) if found else None

    def as_python(self, found: Sequence[Any]) -> list[Any]:
        """A row as the models would have it: SQLite keeps a moment as text."""
        row = list(found)
        for place, (converters, column) in self.converters.items():
            for convert in converters:
                row[place] = convert(row[place], column, connection)
        return row

    def rows(self, values: Mapping[str, Any], *last: int) -> list[Any]:
        """The rows as the database gives them; `values` has one for each slot, `last` are the last parameters."""
        bound = [each.bound(values) if isinstance(each, Slot) else each for each in self.parameters]
        # In a transaction PostgreSQL's driver may have its beginning still to send.
        unbegun = connection.in_atomic_block and connection.vendor == "postgresql"
        if unbegun or connection.queries_logged or connection.execute_wrappers:
            return self._by_django([*bound, *last])
        connection.ensure_connection()
        with connection.wrap_database_errors:
            return self._directly([*bound, *last])

    def _directly(self, parameters: list[Any]) -> list[Any]:
        """Past Django's cursor, which would look through the statement for its marks anew each time."""
        if connection.vendor == "postgresql":
            return self._by_libpq(connection.connection, parameters)
        found: list[Any] = connection.connection.execute(self.in_sqlite, parameters).fetchall()
        return found

    def _by_libpq(self, driver: Any, parameters: list[Any]) -> list[Any]:
        """In one call: the driver's cursor wants the interpreter back for each part of the answer that arrives."""
        adapted = Transformer(driver)
        values = adapted.dump_sequence(parameters, [PyFormat.TEXT] * len(parameters))
        result = driver.pgconn.exec_params(self.in_postgresql, values, adapted.types)
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result, driver.info.encoding)
        adapted.set_pgresult(result)
        return adapted.load_rows(0, result.ntuples, tuple)

    def _by_django(self, parameters: list[Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            found: list[Any] = cursor.fetchall()
        return found

    @cached_property
    def in_postgresql(self) -> bytes:
        first, *others = self.sql.split("%s")
        numbered = first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))
        return numbered.replace("%%", "%").encode()

    @cached_property
    def in_sqlite(self) -> str:
        return SQLiteCursorWrapper.convert_query(None, self.sql)  # type: ignore[arg-type]


class Made(NamedTuple):
    """How a row of the database becomes one of a model, with those that are selected with it."""

    statement: Statement
    model: type[Model]
    names: list[str]
    begin: int
    related: Sequence[Any]


class Prepared(Generic[Row]):
    """A queryset with slots that is built and compiled when it is first asked."""

    def __init__(self, rows: "Callable[[], QuerySet[Row]]") -> None:
        self._rows = rows

    def first(self, **values: Any) -> Row | None:
        """As the queryset's own `first`, in its order; `values` has one for each slot."""
        made = self._made
        row = made.statement.row(values)
        if row is None:
            return None
        found: Any = made.model.from_db(connection.alias, made.names, row[made.begin : made.begin + len(made.names)])
        for one in made.related:
            one.populate(row, found)
        return found  # type: ignore[no-any-return]

    @cached_property
    def _made(self) -> Made:
        rows = self._rows()
        compiler = rows.query.get_compiler(rows.db, elide_empty=False)
        statement = _statement(compiler)
        info, columns = compiler.klass_info, compiler.select
        begin, end = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [column.target.attname for column, *_ in columns[begin:end]]
        related = get_related_populators(info, columns, rows.db)  # type: ignore[call-arg]
        return Made(statement, info["model"], names, begin, related)


def compiled(rows: "QuerySet[Any, Any]") -> Statement:
    """`rows` as a statement that takes its limit as the last parameter."""
    return _statement(rows.query.get_compiler(rows.db, elide_empty=False))


def _statement(compiler: Any) -> Statement:
    sql, parameters = compiler.as_sql()
    columns = [column for column, *_ in compiler.select]
    return Statement(f"{sql} LIMIT %s", tuple(parameters), compiler.get_converters(columns))
