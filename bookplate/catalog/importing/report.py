"""What became of an import: one line that adds up, and the failed records as a file to mend."""

from collections.abc import Iterator
from pathlib import Path

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.importing.records import Failed
from bookplate.core import cells

_LIST_HEADER = ("record", "byte", "field", "reason")


def summary(job: Import) -> str:
    """ "1451 rows: 1440 created, 0 updated, 3 unchanged, 8 failed", and what was skipped where something was."""
    reader = readers.of(job)
    counts = f"{job.created} created, {job.updated} updated, {job.unchanged} unchanged, {job.failed} failed"
    skipped = f", {job.skipped} skipped ({reader.skips})" if job.skipped else ""
    cut = f"; cancelled after {reader.noun[:-1]} {job.position}" if job.state == State.CANCELLED else ""
    noun = reader.noun[:-1] if job.read == 1 else reader.noun
    return f"{job.read} {noun}: {counts}{skipped}{cut}"


def passed_over(job: Import) -> str:
    """ "Columns that Bookplate has no place for: My Rating, Bookshelves.", where there are some."""
    return f"Columns that Bookplate has no place for: {', '.join(job.unused_columns)}." if job.unused_columns else ""


def failed_name(job: Import) -> str:
    """What the file of failed records is to be called."""
    return f"{Path(job.name).stem or 'import'}-failed{readers.of(job).suffix}"


def failed_file(job: Import) -> Iterator[bytes]:
    """The failed records in the file's own format; mended, it can be brought in again as it is."""
    return readers.of(job).write_back(job.original, _failures(job))


def failed_list(job: Import) -> Iterator[bytes]:
    """Number, byte, field and reason of each failed record, as CSV; for formats with no room for reasons."""
    yield cells.BOM + cells.line(_LIST_HEADER)
    for one in _failures(job):
        yield cells.line((str(one.position), str(one.offset), one.field, one.reason))


def save(job: Import, path: Path | None = None) -> list[Path]:
    """Write the failed records to `path` (or beside the original); the files written, none when nothing failed."""
    if not job.failed:
        return []
    path = path or job.home / failed_name(job)
    _write(path, failed_file(job))
    if path.suffix == ".csv":
        return [path]
    listing = path.with_name(f"{path.stem}-reasons.csv")
    _write(listing, failed_list(job))
    return [path, listing]


def _failures(job: Import) -> Iterator[Failed]:
    for one in job.failures.order_by("position").iterator(chunk_size=200):
        yield Failed(one.position, one.offset, one.field, one.reason, bytes(one.content))


def _write(path: Path, chunks: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(chunks)
