"""What one kind of packing is, and how much may come out of it."""

from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from bookplate.catalog.importing.records import Unreadable


class Limited:
    """A file that takes no more than an upload may have; so what unpacks without end fills no disk."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.left: int = settings.UPLOAD_LIMIT

    def write(self, text: bytes) -> None:
        self.left -= len(text)
        if self.left < 0:
            raise Unreadable(f"Unpacked, the list is larger than {settings.UPLOAD_LIMIT / 1_000_000:g} MB, the limit.")
        self.file.write(text)


class Packing(Protocol):
    """One kind. To add one, write one file with one of these and list it in `unpacking`."""

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins like this is one of these."""

    def unpack(self, path: Path, into: Limited) -> None:
        """Write the list that is in it; raises `Unreadable`."""
