"""The index in the database: how it is asked, made, and looked after; what the two databases have in common."""

from collections.abc import Sequence
from typing import Protocol

from django.db import connection

from bookplate.catalog.search import postgresql, sqlite
from bookplate.catalog.search.tiers import EVERY, Node


class Index(Protocol):
    """What each database does in its own way."""

    tables: tuple[str, ...]
    """What a statement about books takes in besides."""
    fits: str
    """The condition, with a place for what `written` gives."""
    number: str
    """The id of a book, in whose order the index gives books by itself."""

    found: str
    """What is found, by the index alone, for counting; with a place for what `written` gives."""

    def written(self, node: Node) -> str: ...

    def holds(self) -> bool:
        """Whether it holds the words that are kept with the books, these and no others."""

    def missing(self) -> list[str]:
        """What should be in the database and is not."""

    def add(self, first: int, last: int) -> None:
        """New books, of these numbers and those between, that no trigger has indexed."""

    def fill(self) -> None:
        """Index all books anew, by the words that are kept with them."""

    def create(self) -> None:
        """Whatever is missing, in the transaction that is going on."""


_INDEXES: dict[str, Index] = {"sqlite": sqlite.SQLiteIndex(), "postgresql": postgresql.PostgreSQLIndex()}


def here() -> Index:
    """That of the database which is used."""
    return _INDEXES[connection.vendor]


def counts(nodes: Sequence[Node], most: int = EVERY) -> list[int]:
    """How many books fit each; `most` when it is as many or more."""
    one = f"SELECT (SELECT count(*) FROM (SELECT 1 FROM {here().found} LIMIT {most}) AS found)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(nodes)), list(map(here().written, nodes)))
        return [count for (count,) in cursor.fetchall()]
