"""An export as a file that is whole before anything of it is sent: a slow reader keeps no thread and no database."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO

from django.conf import settings
from django.utils import timezone

from bookplate.catalog.exporting.entries import Selection
from bookplate.catalog.exporting.formats import Format
from bookplate.core.errors import InsufficientStorage, TooOften

# Each keeps a thread busy for as long as it takes to write the library down.
_places = BoundedSemaphore(2)
_WAIT = 5


class TooManyExports(TooOften):
    title = "Too many exports are being made at this moment"


def spooled(form: Format, selection: Selection) -> IO[bytes]:
    """A file without a name, which goes when it is closed; raises `TooManyExports` or `InsufficientStorage`."""
    with _place():
        try:
            return _written(form, selection)
        except OSError as error:
            raise InsufficientStorage(
                f"The file cannot be made: {error.strerror}. Tell whoever runs the library, and try again later."
            ) from error


def _written(form: Format, selection: Selection) -> IO[bytes]:
    folder = Path(settings.MEDIA_ROOT) / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    file = TemporaryFile(dir=folder, buffering=1 << 20)  # noqa: SIM115  (whoever sends it closes it)
    try:
        file.writelines(form.write(selection.entries(with_marc=form.with_marc)))
        file.seek(0)
    except BaseException:
        with suppress(OSError):  # which would be said once more
            file.close()
        raise
    return file


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise TooManyExports("Several exports are being made at this moment. Try again in a few seconds.", _WAIT)
    try:
        yield
    finally:
        _places.release()


def name_of(form: Format) -> str:
    """What the file is to be called: the library's name and the day."""
    return f"{settings.LIBRARY_NAME} {timezone.localdate().isoformat()}{form.suffix}".replace("/", "-")
