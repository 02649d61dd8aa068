"""Receiving a file: kept whole in its place and recognised by its content, or refused with nothing left behind."""

import os
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypedDict, Unpack

from django.conf import settings
from django.core.files import File
from django.db import transaction

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.records import Reader, Unreadable
from bookplate.core import events
from bookplate.core.errors import Invalid
from bookplate.core.models import Audience
from bookplate.people.models import User

_CHUNK = 1 << 18
_KNOWN = {
    b"PK\x03\x04": "a zip archive or an Excel workbook. Save the list in it as CSV",
    b"\x1f\x8b": "a compressed file. Unpack it first",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook. Save it as CSV",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "a database. Export a list as CSV",
}


class Options(TypedDict, total=False):
    dry_run: bool
    copies: int
    """How many copies the library has of each book that will be new."""


def receive(
    file: File[bytes] | IO[bytes],
    name: str,
    *,
    by: User | None,
    queue: Callable[[int], object] | None = None,
    **options: Unpack[Options],
) -> Import:
    """Keep the file and make its import, to be run by the caller; raises `Invalid` on "file".

    Or by a worker: `queue` is told the import's number, in the transaction that makes it. Reads in chunks, at most
    `settings.UPLOAD_LIMIT` bytes.
    """
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    arriving = folder / f"arriving-{uuid.uuid4().hex}"
    try:
        size = _store(file, arriving)
        reader = _recognise(arriving)
        with transaction.atomic():
            job = Import.objects.create(name=_shown(name), format=reader.name, size=size, by=by, **options)
            job.home.mkdir(exist_ok=True)
            arriving.replace(job.original)
            if queue:
                queue(job.pk)
            events.record("import.added", (Audience.STAFF, None), note=job.name)
    finally:
        arriving.unlink(missing_ok=True)
    return job


def _store(file: File[bytes] | IO[bytes], path: Path) -> int:
    size = 0
    with path.open("xb") as kept:
        for chunk in _chunks(file):
            size += len(chunk)
            if size > settings.UPLOAD_LIMIT:
                raise Invalid("file", f"The file is larger than {settings.UPLOAD_LIMIT / 1_000_000:g} MB, the limit.")
            kept.write(chunk)
        kept.flush()
        os.fsync(kept.fileno())
    if not size:
        raise Invalid("file", "The file is empty.")
    return size


def _chunks(file: File[bytes] | IO[bytes]) -> Iterator[bytes]:
    if isinstance(file, File):
        yield from file.chunks(_CHUNK)
    else:
        while chunk := file.read(_CHUNK):
            yield chunk


def _recognise(path: Path) -> Reader:
    with path.open("rb") as file:
        head = file.read(readers.HEAD)
    reader = readers.recognise(head)
    if reader is None:
        raise Invalid("file", f"{_guess(head)} {_accepted()}")
    try:
        next(reader.read(path), None)
    except Unreadable as error:
        raise Invalid("file", str(error)) from None
    return reader


def _accepted() -> str:
    labels = ", ".join(reader.label for reader in readers.READERS)
    return f"Accepted are: {labels}. Tables need the names of their columns in the first line."


def _guess(head: bytes) -> str:
    kind = next((kind for start, kind in _KNOWN.items() if head.startswith(start)), "")
    return f"This looks like {kind}." if kind else "This kind of file is not known."


def _shown(name: str) -> str:
    """The name without folders and what cannot be shown; only ever shown, never opened."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    return printable.strip()[-255:] or "unnamed"
