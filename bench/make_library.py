"""`python -m bench.make_library SIZE`: make the library of the settings, or copy it from SQLite to PostgreSQL.

A process of its own, because settings are read once, from the environment.
"""

import os
import sqlite3
import sys
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookplate.config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from tqdm import tqdm  # noqa: E402

from bench import index_away, library  # noqa: E402
from bookplate.catalog.search import upkeep  # noqa: E402

AT_ONCE = 5_000


def make(size: int) -> None:
    """Quickly: what is cut off half-way is made anew, so nothing need reach the disk before the end."""
    pool = Pool()  # before there is a connection, which two processes must not share
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA cache_size=-1000000")
    index_away.take_away()
    with tqdm(total=size, unit=" books", unit_scale=True, mininterval=2) as bar, pool:
        for done in library.fill(size, pool.imap):
            bar.update(done - bar.n)
    upkeep.ensure()
    upkeep.freshen_statistics()
    connection.close()


def copy(source: Path) -> None:
    call_command("migrate", verbosity=0)
    rows = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    index_away.take_away()
    with transaction.atomic():
        for model in library.TABLES:
            _copy_table(rows, model)
        library.reset_sequences()
    rows.close()
    upkeep.ensure()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _copy_table(source: sqlite3.Connection, model: type[models.Model]) -> None:
    """As text, which PostgreSQL reads as the type of each column."""
    table = model._meta.db_table
    columns = ", ".join(f'"{field.column}"' for field in library.written(model))
    rows = source.execute(f'SELECT {columns} FROM "{table}"')
    with connection.cursor() as cursor, _copying(cursor, f'COPY "{table}" ({columns}) FROM STDIN') as target:
        while some := rows.fetchmany(AT_ONCE):
            for row in some:
                target.write_row(row)


def _copying(cursor: Any, statement: str) -> Any:
    """psycopg's own, behind Django's wrappers."""
    return cursor.copy(statement)


if __name__ == "__main__":
    if connection.vendor == "sqlite":
        make(int(sys.argv[1]))
    else:
        copy(Path(sys.argv[1]))
