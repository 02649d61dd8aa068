"""What lists come packed in: an archive, a database, a text for another machine. `plain` makes the list itself of it.

Done once, before a list is read, so that a reader has a list's own bytes: reading goes on at any of them, and what
failed is written back as such a list.
"""

import uuid
from pathlib import Path

from bookplate.catalog.importing.records import Unreadable
from bookplate.catalog.importing.unpacking.archives import Gzip, Zip
from bookplate.catalog.importing.unpacking.calibre import CalibreDatabase
from bookplate.catalog.importing.unpacking.packing import Limited, Packing
from bookplate.catalog.importing.unpacking.wide_text import WideText

PACKINGS: list[Packing] = [Gzip(), Zip(), CalibreDatabase(), WideText()]
# A list in a zip in a gzip; deeper there is only mischief.
_DEEPEST = 3
_HEAD = 1000


def plain(path: Path) -> None:
    """Put in the file's place what is packed in it, if anything is; raises `Unreadable`."""
    for _ in range(_DEEPEST):
        packing = _packing(path)
        if packing is None:
            return
        _unpack(packing, path)
    raise Unreadable("The file is packed again and again. Unpack it and bring the list itself in.")


def is_packed(path: Path) -> bool:
    return _packing(path) is not None


def _packing(path: Path) -> Packing | None:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return next((one for one in PACKINGS if one.recognises(head)), None)


def _unpack(packing: Packing, path: Path) -> None:
    # A name of its own: two workers may be over it, one of which was given up for dead.
    unpacked = path.with_name(f"{path.name}-unpacked-{uuid.uuid4().hex}")
    try:
        with unpacked.open("xb") as into:
            packing.unpack(path, Limited(into))
        unpacked.replace(path)
    finally:
        unpacked.unlink(missing_ok=True)
