"""What one format is that books can leave in."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from bookplate.catalog.exporting.entries import Entry


class Format(Protocol):
    """One format. To add one, write one file with one of these and list it in `formats`."""

    @property
    def name(self) -> str:
        """As it stands in addresses; never changes."""

    @property
    def label(self) -> str:
        """What people call it."""

    @property
    def suffix(self) -> str: ...

    @property
    def content_type(self) -> str: ...

    @property
    def with_marc(self) -> bool:
        """Whether it has a place for the MARC record that a book came from."""

    def write(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        """The file, piece by piece; the same entries give the same bytes."""
