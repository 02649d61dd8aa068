"""A statement that is kept ready and sent past Django's cursor, which would look through it for its marks each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

from bookplate.core import plans
from bookplate.core.plans import Question

DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


@dataclass(frozen=True)
class Sql:
    text: str
    """With `%s` for each parameter, as Django writes it."""
    binary: bool = False
    """Whether PostgreSQL is to send its own format: bytes come as they are, not as twice as many digits."""
    one_plan: bool = False
    """Whether one way to find the rows is best for whatever values: PostgreSQL then thinks about it once."""

    def rows(self, parameters: Sequence[Any]) -> list[Any]:
        """The rows as the database gives them; none for what only writes."""
        # Not Django's `connection`, which looks for the thread's own each time that it is named.
        database = connections[DEFAULT_DB_ALIAS]
        database.ensure_connection()
        if _is_unbegun(database) or database.queries_logged or database.execute_wrappers:
            return self._by_django(database, parameters)
        database.validate_no_broken_transaction()
        with database.wrap_database_errors:
            if database.vendor == "postgresql":
                return self._by_libpq(database.connection, parameters)
            found: list[Any] = database.connection.execute(self._in_sqlite, parameters).fetchall()
            return found

    def _by_libpq(self, driver: Any, parameters: Sequence[Any]) -> list[Any]:
        """In one call: the driver's cursor wants the interpreter back for each part of the answer that arrives."""
        adapted = Transformer(driver)
        values = adapted.dump_sequence(parameters, [PyFormat.TEXT] * len(parameters))
        question = Question(self._in_postgresql, adapted.types, self.binary)
        # Within a transaction a plan that is lost would spoil it.
        kept = self.one_plan and driver.pgconn.transaction_status == TransactionStatus.IDLE
        result = (plans.asked if kept else plans.planned_anew)(driver, question, values)
        if result.status not in DONE:
            raise error_from_result(result, driver.info.encoding)
        adapted.set_pgresult(result)
        return adapted.load_rows(0, result.ntuples, tuple)

    def _by_django(self, database: BaseDatabaseWrapper, parameters: Sequence[Any]) -> list[Any]:
        with database.cursor() as cursor:
            cursor.execute(self.text, parameters)
            found: list[Any] = cursor.fetchall() if cursor.description else []
        return found

    @cached_property
    def _in_postgresql(self) -> bytes:
        first, *others = self.text.split("%s")
        numbered = first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))
        return numbered.replace("%%", "%").encode()

    @cached_property
    def _in_sqlite(self) -> str:
        return SQLiteCursorWrapper.convert_query(None, self.text)  # type: ignore[arg-type]


def _is_unbegun(database: BaseDatabaseWrapper) -> bool:
    """In a transaction whose beginning PostgreSQL's driver will send with the first statement that it is given."""
    if database.vendor != "postgresql" or not database.in_atomic_block:
        return False
    begun: bool = database.connection.pgconn.transaction_status != TransactionStatus.IDLE
    return not begun
