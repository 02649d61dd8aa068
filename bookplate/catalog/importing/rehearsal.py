"""What a dry run would have written, so that what comes twice in one file is found the second time.

Kept in a temporary SQLite file that goes by itself: a list may be larger than memory.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


class Rehearsal:
    """Rows with the keys by which they are found; those that would be new have numbers below zero."""

    def __init__(self) -> None:
        self.store = sqlite3.connect("", isolation_level=None)
        self.store.execute("CREATE TABLE kept (pk INTEGER PRIMARY KEY, fields TEXT)")
        self.store.execute("CREATE TABLE key (key TEXT, pk INTEGER, PRIMARY KEY (key, pk)) WITHOUT ROWID")
        self.lowest = 0

    def close(self) -> None:
        self.store.close()

    def keep(self, pk: int | None, keys: Iterable[str], fields: Mapping[str, Any]) -> int:
        """Keep a row in place of the one with this number; the number, a new one without `pk`."""
        if pk is None:
            pk = self.lowest = self.lowest - 1
        self.store.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (pk, json.dumps(fields)))
        self.store.executemany("INSERT OR IGNORE INTO key VALUES (?, ?)", [(key, pk) for key in keys])
        return pk

    def find(self, keys: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows with any of the keys, those that would be new in the order in which they were made."""
        found = self.store.execute(
            "SELECT pk, fields FROM kept WHERE pk IN (SELECT pk FROM key WHERE key IN (SELECT value FROM json_each(?)))"
            " ORDER BY pk DESC",
            [json.dumps(list(keys))],
        )
        for pk, fields in found:
            yield pk, json.loads(fields)
