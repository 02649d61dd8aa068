"""Statements that are compiled once and then only take their values: building a query anew costs more than running it.

Values are only ever bound as parameters, in the slots left for them (docs/decisions/json-from-the-database.md has the
measurements).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet, TextChoices
from django.db.models.query import get_related_populators

from bookplate.core.models import plain
from bookplate.core.sql import Sql

Row = TypeVar("Row", bound=Model)
LIMIT = " LIMIT %s"


class Slot(Expression):
    """The place of the value called `name`, which is of the same kind as the field it is compared with."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        self.name = name
        super().__init__(output_field=field)

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return "%s", [self]

    def bound(self, values: Mapping[str, Any], database: BaseDatabaseWrapper) -> Any:
        return self.output_field.get_db_prep_value(values[self.name], database)


@dataclass(frozen=True)
class Statement:
    sql: str
    parameters: tuple[Any, ...]
    converters: Mapping[int, tuple[Any, Any]]
    """Place in the row → what makes Python's value of the database's, and the column it is of."""
    usual: int = 0
    """The limit that it mostly has, where one plan is best for all its values: PostgreSQL then makes it once. A limit
    that it does not know it would take for a tenth of the table."""
    binary: bool = False
    """Whether PostgreSQL sends its own format, in which bytes are bytes."""

    def row(self, values: Mapping[str, Any]) -> list[Any] | None:
        """The first row, as the models would have it."""
        found = self.rows(values, 1)
        return self.as_python(found[0]) if found else None

    def as_python(self, found: Sequence[Any]) -> list[Any]:
        """A row as the models would have it: SQLite keeps a moment as text."""
        row, database = list(found), connections[DEFAULT_DB_ALIAS]
        for place, (converters, column) in self.converters.items():
            for convert in converters:
                row[place] = convert(row[place], column, database)
        return row

    def rows(self, values: Mapping[str, Any], *last: int) -> list[Any]:
        """The rows as the database gives them; `values` has one for each slot, `last` are the last parameters."""
        database = connections[DEFAULT_DB_ALIAS]
        bound = [each.bound(values, database) if isinstance(each, Slot) else each for each in self.parameters]
        return self._with_usual.rows(bound) if last == (self.usual,) else self._kept.rows([*bound, *last])

    @cached_property
    def _kept(self) -> Sql:
        return Sql(self.sql, self.binary)

    @cached_property
    def _with_usual(self) -> Sql:
        before, _, after = self.sql.rpartition(LIMIT)
        return Sql(f"{before} LIMIT {self.usual}{after}", self.binary, one_plan=True)


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
        found: Any = made.model.from_db(DEFAULT_DB_ALIAS, made.names, row[made.begin : made.begin + len(made.names)])
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


def compiled(rows: "QuerySet[Any, Any]", usual: int = 0) -> Statement:
    """`rows` as a statement that takes its limit as the last parameter."""
    return _statement(rows.query.get_compiler(rows.db, elide_empty=False), usual)


def _statement(compiler: Any, usual: int = 0) -> Statement:
    sql, parameters = _with_words(*compiler.as_sql())
    columns = [column for column, *_ in compiler.select]
    bound = tuple(plain(each) for each in parameters)
    return Statement(f"{sql}{LIMIT}", bound, compiler.get_converters(columns), usual)


def _with_words(sql: str, parameters: Sequence[Any]) -> tuple[str, list[Any]]:
    """Our own words ("waiting") stand in the statement: SQLite takes an index with a condition only where it sees that
    this is met, and where it had to look at a parameter for that, it plans anew for each value of it."""
    begin, *parts = sql.split("%s")
    places = zip(parameters, parts, strict=True)
    told = (f"'{each.value}'{part}" if isinstance(each, TextChoices) else f"%s{part}" for each, part in places)
    return begin + "".join(told), [each for each in parameters if not isinstance(each, TextChoices)]
