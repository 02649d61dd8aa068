"""`python -m bench.index_costs index|import ROUNDS`: what the search index costs in the library of the settings.

A process of its own, because settings are read once, from the environment.
"""

import csv
import io
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from statistics import median
from typing import Any
from unittest.mock import patch

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookplate.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, models  # noqa: E402

from bench import index_away, words  # noqa: E402
from bookplate.catalog.importing import books, intake, pipeline  # noqa: E402
from bookplate.catalog.importing.models import Import, ImportFailure, ImportStep  # noqa: E402
from bookplate.catalog.models import Book  # noqa: E402
from bookplate.catalog.search import upkeep  # noqa: E402
from bookplate.catalog.search.models import Word  # noqa: E402
from bookplate.core.models import Event  # noqa: E402

MB = 1_000_000
BROUGHT_IN = 10_000
COLUMNS = ["title", "author", "published_year", "isbn", "publisher", "edition", "language", "subjects"]
# Bytes of the index with all that is kept for it, the books' own words included, and of the table of books with its
# other indexes.
ROOM = {
    "sqlite": """WITH kept(bytes) AS (SELECT sum(length(CAST(words AS BLOB))) FROM catalog_book),
            part(room, ours, books) AS (
                SELECT pgsize, m.tbl_name GLOB 'catalog_book_words*' OR m.tbl_name = 'catalog_word',
                    m.tbl_name = 'catalog_book'
                FROM dbstat JOIN sqlite_master AS m USING (name) WHERE aggregate = 1)
        SELECT sum(room) FILTER (WHERE ours) + bytes, sum(room) FILTER (WHERE books) - bytes FROM part, kept""",
    "postgresql": """WITH kept(bytes) AS (
            SELECT sum(pg_column_size(words) + pg_column_size(words_index)) FROM catalog_book),
            own(bytes) AS (SELECT pg_relation_size('book_by_words'))
        SELECT own.bytes + pg_total_relation_size('catalog_word') + kept.bytes,
            pg_total_relation_size('catalog_book') - own.bytes - kept.bytes FROM own, kept""",
}


def index(rounds: int) -> dict[str, float]:
    seconds = median(_seconds(upkeep.reindex) for _ in range(rounds))
    with connection.cursor() as cursor:
        cursor.execute(ROOM[connection.vendor])
        ours, table = cursor.fetchone()
    return {"reindex_seconds": seconds, "index_mb": float(ours) / MB, "table_mb": float(table) / MB}


def bring_in(rounds: int) -> dict[str, float]:
    """The same file into an empty library, with the index and, the other time, without anything that is kept for it."""
    call_command("migrate", verbosity=0)
    with_it, without = [], []
    for _ in range(rounds):
        with_it.append(_import())
        without.append(_without_index(_import))
    return {"import_with": median(with_it), "import_without": median(without)}


def _import() -> float:
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    rows.writeheader()
    rows.writerows(words.books(0, BROUGHT_IN))
    job = intake.receive(io.BytesIO(text.getvalue().encode()), "books.csv", by=None)
    seconds = _seconds(lambda: pipeline.run(job))
    assert Book.objects.count() > BROUGHT_IN * 0.99  # noqa: S101  (or it would be no measurement)
    _clear()
    return seconds


def _clear() -> None:
    tables: list[type[models.Model]] = [ImportFailure, ImportStep, Import, Event, Book, Word]
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')


def _without_index(act: Callable[[], float]) -> float:
    field: Any = Book._meta.get_field("words")
    index_away.take_away()
    field.derive = lambda values: ""
    try:
        with patch.object(books, "at_once", lambda created: nullcontext()):
            return act()
    finally:
        del field.derive
        upkeep.ensure()


def _seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"index": index, "import": bring_in}[sys.argv[1]](int(sys.argv[2]))) + "\n")
