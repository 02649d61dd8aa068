"""What stands in for a list until a worker has unpacked it; then it is one of the others (`importing/opening.py`)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.records import START, Failed, Item, Place, Unreadable


@dataclass(frozen=True)
class Packed:
    name: str = "packed"
    label: str = "a packed list"
    suffix: str = ""
    noun: str = "records"
    skips: str = "no books"
    into: type[Books] = Books

    def recognises(self, head: bytes) -> bool:
        return False  # the packings do

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        raise Unreadable("The list is not unpacked yet. Bring the file in again.")

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        return iter(())  # nothing of it was read


PACKED = Packed()
