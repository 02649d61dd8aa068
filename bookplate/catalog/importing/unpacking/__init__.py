"""What lists come packed in: an archive, a database, a text for another machine. `plain` makes the list itself of it.

Done once, when a file is received, so that a reader has a list's own bytes: reading goes on at any of them, and what
failed is written back as such a list.
"""

from pathlib import Path

from bookplate.catalog.importing.records import Unreadable
from bookplate.catalog.importing.unpacking.archives import Gzip, Zip
from bookplate.catalog.importing.unpacking.calibre import CalibreDatabase
from bookplate.catalog.importing.unpacking.packing import Limited, Packing
from bookplate.catalog.importing.unpacking.wide_xml import WideXML

PACKINGS: list[Packing] = [Gzip(), Zip(), CalibreDatabase(), WideXML()]
# A list in a zip in a gzip; deeper there is only mischief.
_DEEPEST = 3
_HEAD = 1000


def plain(path: Path) -> None:
    """Put in the file's place what is packed in it, if anything is; raises `Unreadable`."""
    for _ in range(_DEEPEST):
        with path.open("rb") as file:
            head = file.read(_HEAD)
        packing = next((one for one in PACKINGS if one.recognises(head)), None)
        if packing is None:
            return
        _unpack(packing, path)
    raise Unreadable("The file is packed again and again. Unpack it and bring the list itself in.")


def _unpack(packing: Packing, path: Path) -> None:
    unpacked = path.with_name(f"{path.name}-unpacked")
    try:
        with unpacked.open("xb") as into:
            packing.unpack(path, Limited(into))
        unpacked.replace(path)
    finally:
        unpacked.unlink(missing_ok=True)
