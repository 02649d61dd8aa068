"""PostgreSQL's plans that are made once for each connection (its prepared statements).

A pooler may ask another of its own connections than the one that has the plan, and a table may have changed since it
was made: then the statement is asked anew, and planned each time from then on.
"""

import hashlib
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult


class Question(NamedTuple):
    sql: bytes
    types: tuple[int, ...] | None
    binary: bool
    """Whether the answer is to come in PostgreSQL's binary format."""


_names: WeakKeyDictionary[Any, dict[Question, bytes]] = WeakKeyDictionary()
"""Connection → the name under which it keeps the plan of each question; none for what it did not keep."""
# invalid_sql_statement_name; and feature_not_supported, for a plan whose tables have changed.
LOST = {b"26000", b"0A000"}


def asked(driver: Any, question: Question, values: Any) -> PGresult:
    """The answer, which may be an error; outside a transaction, where a failure spoils nothing."""
    names = _names.setdefault(driver, {})
    if (name := names.get(question)) is None:
        name = names[question] = _kept(driver, question)
    if name:
        result: PGresult = driver.pgconn.exec_prepared(name, values, None, int(question.binary))
        if result.error_field(DiagnosticField.SQLSTATE) not in LOST:
            return result
        names[question] = b""
    return planned_anew(driver, question, values)


def planned_anew(driver: Any, question: Question, values: Any) -> PGresult:
    result: PGresult = driver.pgconn.exec_params(question.sql, values, question.types, None, int(question.binary))
    return result


def _kept(driver: Any, question: Question) -> bytes:
    """Named by what it asks: under a pooler a name may be known already, and must mean the same then."""
    name = b"bookplate_" + hashlib.sha256(repr(question).encode()).hexdigest()[:32].encode()
    is_kept = driver.pgconn.prepare(name, question.sql, question.types).status == ExecStatus.COMMAND_OK
    return name if is_kept else b""
