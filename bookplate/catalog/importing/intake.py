"""Receiving a file: kept whole in its place and recognised by its content, or refused with nothing left behind."""

import os
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Unpack

from django.conf import settings
from django.core.files import File
from django.db import transaction

from bookplate.catalog import rights
from bookplate.catalog.importing import choices, mapping, recognising, unpacking
from bookplate.catalog.importing.choices import Options
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.importing.readers.packed import PACKED
from bookplate.catalog.importing.readers.table import Table
from bookplate.catalog.importing.recognising import Content
from bookplate.catalog.importing.records import Unreadable
from bookplate.core import events
from bookplate.core.errors import Invalid
from bookplate.people.models import User

_CHUNK = 1 << 18


Queue = Callable[[int], object]


@dataclass(frozen=True)
class Arrived:
    """A file that is here and not yet an import."""

    path: Path
    name: str
    content: Content


def receive(
    file: File[bytes] | IO[bytes],
    name: str,
    *,
    by: User | None,
    queue: Queue | None = None,
    ask: bool = False,
    **options: Unpack[Options],
) -> Import:
    """Keep the file and make its import, to be run by the caller; raises `Invalid` on "file" or an option.

    Or by a worker: `queue` is told the import's number, in the transaction that makes it. Reads in chunks, at most
    as much as `by` may bring. Where `ask` says so, a table of unknown columns waits for somebody who knows them.
    """
    with arriving(file, name, by) as arrived:
        return accept(arrived, by=by, queue=queue, ask=ask, **options)


@contextmanager
def arriving(file: File[bytes] | IO[bytes], name: str, by: User | None, *, later: bool = False) -> Iterator[Arrived]:
    """The file in a place of its own, until it is accepted; outside of any transaction, as it may take its time.

    What is packed is unpacked here, or `later` by whoever runs the import: no request should take as long as that does.
    """
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"arriving-{uuid.uuid4().hex}"
    try:
        _store(file, path, rights.largest_file(by) if by else settings.UPLOAD_LIMIT)
        yield Arrived(path, _shown(name), _content(path, later=later))
    finally:
        path.unlink(missing_ok=True)


@transaction.atomic
def accept(
    arrived: Arrived, *, by: User | None, queue: Queue | None = None, ask: bool = False, **options: Unpack[Options]
) -> Import:
    """Make the import of a file that is here; raises `Invalid`."""
    reader = Table() if options.get("columns") and arrived.content.reader is not PACKED else arrived.content.reader
    values = choices.settled(options, by, reader or Table())
    values["columns"], asking = _columns(arrived, options.get("columns", {}), by, ask=ask)
    size, header = arrived.path.stat().st_size, mapping.digest(arrived.content.header)
    state = State.ASKING if asking else State.WAITING
    name = (reader or Table()).name
    job = Import.objects.create(name=arrived.name, format=name, size=size, by=by, header=header, state=state, **values)
    job.home.mkdir(exist_ok=True)
    arrived.path.replace(job.original)
    if queue and not asking:
        queue(job.pk)
    events.record("import.added", job.audience(), note=job.name)
    return job


def _columns(
    arrived: Arrived, told: Mapping[str, object], by: User | None, *, ask: bool
) -> tuple[dict[str, Any], bool]:
    """What the columns are, where their names alone do not tell; and whether somebody has to say so first."""
    if arrived.content.reader is PACKED:
        return dict(told), False  # which columns these are is seen once it is unpacked
    if told:
        return mapping.places(told, arrived.content.header), False
    if arrived.content.reader:
        return {}, False
    known = mapping.remembered(arrived.content.header, by)
    if not known and not ask:
        raise Invalid("columns", mapping.unknown(arrived.content.header))
    return known, ask


def _store(file: File[bytes] | IO[bytes], path: Path, most: int) -> None:
    size = 0
    with path.open("xb") as kept:
        for chunk in _chunks(file):
            size += len(chunk)
            if size > most:
                raise Invalid("file", f"The file is larger than {most / 1_000_000:g} MB, the limit.")
            kept.write(chunk)
        kept.flush()
        os.fsync(kept.fileno())
    if not size:
        raise Invalid("file", "The file is empty.")


def _chunks(file: File[bytes] | IO[bytes]) -> Iterator[bytes]:
    if isinstance(file, File):
        yield from file.chunks(_CHUNK)
    else:
        while chunk := file.read(_CHUNK):
            yield chunk


def _content(path: Path, *, later: bool) -> Content:
    if later and unpacking.is_packed(path):
        return Content(PACKED, [])
    try:
        return recognising.unpacked(path)
    except Unreadable as error:
        raise Invalid("file", str(error)) from None


def _shown(name: str) -> str:
    """The name without folders and what cannot be shown; only ever shown, never opened."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    return printable.strip()[-255:] or "unnamed"
