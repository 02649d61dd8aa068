"""An export as a file, so that a slow reader keeps no thread and no database: whole before anything of it is sent
where that does not take long, else sent while it is written."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO

from django.conf import settings
from django.utils import timezone

from bookplate.catalog.exporting.entries import Selection
from bookplate.catalog.exporting.formats import Format
from bookplate.catalog.exporting.growing import Growing
from bookplate.core.errors import InsufficientStorage, TooOften

# Each keeps a thread busy for as long as it takes to write the library down.
_places = BoundedSemaphore(2)
_WAIT = 5
# A whole file has a length, and what goes wrong with it a sentence; past so many seconds somebody wants to see it come.
PATIENCE = 1.0


class TooManyExports(TooOften):
    title = "Too many exports are being made at this moment"


def spooled(form: Format, selection: Selection) -> IO[bytes] | Growing:
    """A file without a name, which goes when it is closed; raises `TooManyExports` or `InsufficientStorage`.

    Whole, or still being written by a thread of its own where that takes longer.
    """
    with ExitStack() as ending:
        ending.enter_context(_place())
        try:
            growing, is_whole = _begun(form, selection)
        except OSError as error:
            raise InsufficientStorage(
                f"The file cannot be made: {error.strerror}. Tell whoever runs the library, and try again later."
            ) from error
        if not is_whole:
            growing.go_on(ending.pop_all())
    return growing.file if is_whole else growing


def _begun(form: Format, selection: Selection) -> tuple[Growing, bool]:
    """The file, and whether it is whole already."""
    folder = Path(settings.MEDIA_ROOT) / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    file = TemporaryFile(dir=folder, buffering=1 << 20)  # noqa: SIM115  (whoever sends it closes it)
    growing = Growing(file, form.write(selection.entries(with_marc=form.with_marc)))
    try:
        return growing, growing.write(PATIENCE)
    except BaseException:
        with suppress(OSError):  # which would be said once more
            growing.close()
        raise


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
