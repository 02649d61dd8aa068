"""The index in the database: how it is asked, made, and looked after; what the two databases have in common."""

from typing import Protocol

from django.db import connection

from bookplate.catalog.search import postgresql, sqlite
from bookplate.catalog.search.tiers import Node


class Index(Protocol):
    """What each database does in its own way."""

    tables: tuple[str, ...]
    """What a statement about books takes in besides."""
    fits: str
    """The condition, with a place for what `written` gives."""
    number: str
    """The id of a book, in whose order the index gives books by itself."""

    def written(self, node: Node) -> str: ...

    def missing(self) -> list[str]:
        """What should be in the database and is not."""

    def fill(self) -> None:
        """Index all books anew, by the words that are kept with them."""

    def create(self) -> None:
        """Whatever is missing, in the transaction that is going on."""


_INDEXES: dict[str, Index] = {"sqlite": sqlite.SQLiteIndex(), "postgresql": postgresql.PostgreSQLIndex()}


def here() -> Index:
    """That of the database which is used."""
    return _INDEXES[connection.vendor]
