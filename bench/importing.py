"""`python -m bench.importing [ROWS]`: how fast lists come in, beside reading them alone and beside the bare database:
one table of eight columns, and all rows of all tables with their indexes and triggers; and how fast books leave.

In one process with a library of its own in a temporary folder, on SQLite: what is compared has the same file and disk.
The results are kept in `bench/results/importing.json`, of which `bench/run --page` makes its part of the page.
"""

import csv
import io
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import django

FOLDER = tempfile.TemporaryDirectory(prefix="bench-importing-")
os.environ["BOOKPLATE_DATA"] = FOLDER.name
os.environ.pop("DATABASE_URL", None)
os.environ["DJANGO_SETTINGS_MODULE"] = "bookplate.config.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench import books_out, machine, words  # noqa: E402
from bench.say import say  # noqa: E402
from bookplate.catalog.exporting.formats import FORMATS  # noqa: E402
from bookplate.catalog.importing import intake, pipeline, readers  # noqa: E402
from bookplate.catalog.importing.models import Import  # noqa: E402
from bookplate.catalog.importing.records import Draft, Record  # noqa: E402
from bookplate.core import garbage  # noqa: E402
from tests.servers import ROOT  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "importing.json"
ROWS = 100_000
# Where other books begin, which no list before has.
MORE, OTHERS = 1_000_000, 2_000_000
COLUMNS = ["title", "author", "published_year", "isbn", "publisher", "edition", "language", "subjects"]
BARE = f"""CREATE TABLE book (id INTEGER PRIMARY KEY, {", ".join(COLUMNS)});
    CREATE UNIQUE INDEX by_isbn ON book (isbn)"""
# What an import fills, with its key; the index of words is filled by a trigger.
FILLED = {"catalog_book": "id", "core_event": "id", "catalog_keptmarc": "book_id", "catalog_importstep": "id"}
INSERT = f"INSERT OR IGNORE INTO book ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


def as_csv(rows: Iterable[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_marc(rows: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(map(_record, rows))


def _record(row: dict[str, Any]) -> bytes:
    """As ISO 2709 has it, with the fields that a plain record has."""
    year = row["published_year"] or ""
    fields = [("001", "1"), ("008", f"120829s{year or '    '}    nyu      b    001 0 eng  ")]
    fields += [("020", f"  \x1fa{row['isbn']}")] if row["isbn"] else []
    fields += [("100", f"1 \x1fa{row['author']}"), ("245", f"10\x1fa{row['title']} /\x1fc{row['author']}.")]
    fields += [
        ("260", f"  \x1faNew York :\x1fb{row['publisher']},\x1fc{year}."),
        ("300", "  \x1fa 240 p. ;\x1fc23 cm."),
    ]
    fields += [("650", f" 0\x1fa{subject.strip()}") for subject in row["subjects"].split(";") if subject]
    directory, data = b"", b""
    for tag, text in fields:
        raw = text.encode() + b"\x1e"
        directory += f"{tag}{len(raw):04}{len(data):05}".encode()
        data += raw
    base = 24 + len(directory) + 1
    return f"{base + len(data) + 1:05}cam a22{base:05} a 4500".encode() + directory + b"\x1e" + data + b"\x1d"


def received(content: bytes, name: str) -> Import:
    return intake.receive(io.BytesIO(content), name, by=None)


def drafts(job: Import) -> Iterator[Draft]:
    return (item.draft for item in readers.of(job).read(job.original) if isinstance(item, Record))


def read_alone(job: Import) -> int:
    return sum(1 for _ in drafts(job))


def into_bare_table(job: Import) -> int:
    """The same rows in the same portions, each of them as safe on the disk as ours."""
    path = Path(tempfile.mkdtemp(dir=FOLDER.name)) / "bare.sqlite3"
    bare, number = sqlite3.connect(path), 0
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = FULL")
    bare.executescript(BARE)
    found = drafts(job)
    while some := list(islice(found, pipeline.BATCH)):
        with bare:
            bare.executemany(INSERT, [[getattr(draft, name) for name in COLUMNS] for draft in some])
        number += len(some)
    bare.close()
    return number


def copied(name: str) -> Path:
    """The library as it is now."""
    path = Path(FOLDER.name) / name
    with sqlite3.connect(path) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    return path


def rows_since(before: Path) -> dict[str, list[tuple[Any, ...]]]:
    """By the statement that writes it, what the library has more than it had, in all tables that an import fills."""
    with connection.cursor() as cursor:
        cursor.execute("ATTACH %s AS before", [str(before)])
        found = dict(_new_rows(cursor, table, key) for table, key in FILLED.items())
        cursor.execute("DETACH before")
    return found


def _new_rows(cursor: Any, table: str, key: str) -> tuple[str, list[tuple[Any, ...]]]:
    cursor.execute(f"PRAGMA table_info({table})")  # which leaves out what the database makes itself
    columns = ", ".join(f'"{name}"' for _, name, *_ in cursor.fetchall())
    cursor.execute(
        f"SELECT {columns} FROM {table} WHERE {key} NOT IN (SELECT {key} FROM before.{table}) ORDER BY {key}"
    )
    places = ", ".join("?" * (columns.count(",") + 1))
    return f"INSERT INTO {table} ({columns}) VALUES ({places})", cursor.fetchall()


def into_bare_library(path: Path, written: dict[str, list[tuple[Any, ...]]]) -> float:
    """Seconds for the same rows of all tables, with their indexes and triggers, in the same portions."""
    bare = sqlite3.connect(path)
    bare.execute("PRAGMA synchronous = FULL")
    began = time.monotonic()
    for start in range(0, max(map(len, written.values())), pipeline.BATCH):
        with bare:
            for insert, rows in written.items():
                bare.executemany(insert, rows[start : start + pipeline.BATCH])
    bare.close()
    return time.monotonic() - began


def bring_in(job: Import) -> int:
    return pipeline.run(job).read


def rate(act: Callable[[Import], int], job: Import) -> float:
    began = time.monotonic()
    number = act(job)
    return number / (time.monotonic() - began)


def most_mb() -> float:
    """The most that the process ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(kind: str, content: bytes) -> dict[str, float]:
    """Records a second, and by how many MB the process grew over the import."""
    job = received(content, f"list.{kind}")
    figures = {"read": rate(read_alone, job), "bare_table": rate(into_bare_table, job)}
    before, memory = copied(f"before-{kind}.sqlite3"), most_mb()
    figures["imported"] = rate(bring_in, job)
    figures["grown_mb"] = most_mb() - memory
    seconds = into_bare_library(before, rows_since(before))
    figures["bare_library"] = job.created / (job.created / figures["read"] + seconds)
    say(f"{kind}: {job.read:,} of {job.created:,} new  " + "  ".join(f"{n} {f:,.0f}" for n, f in figures.items()))
    return figures


def _written_down(name: str) -> dict[str, Any]:
    row = books_out.measured(FORMATS[name])
    say(str(row))
    return row


def _about(number: int) -> dict[str, Any]:
    about: dict[str, Any] = machine.described()
    versions = {name: about["versions"][name] for name in ("python", "sqlite", "django")}
    return {**about, "versions": versions, "load_before": machine.busy(), "records": number}


def begin_anew() -> None:
    """Each list finds the same library, into which a small one came, so that what grows is what its length costs."""
    call_command("flush", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    pipeline.run(received(as_csv(words.books(OTHERS, OTHERS + 2_000)), "warm.csv"))


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    about = _about(number)
    call_command("migrate", verbosity=0)
    garbage.settle()  # as the worker does
    begin_anew()
    lists = {"csv": measured("csv", as_csv(words.books(0, number)))}
    out = [_written_down(name) for name in FORMATS]
    begin_anew()
    lists["marc"] = measured("marc", as_marc(words.books(MORE, MORE + number)))
    RESULTS.write_text(json.dumps({**about, "lists": lists, "out": out}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
