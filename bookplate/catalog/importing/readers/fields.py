"""A MARC record in memory, however it was written: a leader and fields."""

from collections.abc import Iterator
from typing import NamedTuple

# Leader position 6 (MARC 21): authorities, holdings, classification, community information.
_NO_BOOK = frozenset("zuvxywq")


class Field(NamedTuple):
    """A control field has `data`, any other indicators and subfields."""

    tag: str
    indicators: str = "  "
    subfields: tuple[tuple[str, str], ...] = ()
    data: str = ""

    def get(self, codes: str) -> str:
        """The first subfield that has one of the codes and a text."""
        return next((text.strip() for code, text in self.subfields if code in codes and text.strip()), "")

    def all(self, codes: str) -> list[str]:
        return [text.strip() for code, text in self.subfields if code in codes and text.strip()]


class Marc(NamedTuple):
    leader: str
    fields: tuple[Field, ...]

    def all(self, *tags: str) -> Iterator[Field]:
        return (field for field in self.fields if field.tag in tags)

    def first(self, *tags: str) -> Field:
        """The first field of the first of the tags that is there; an empty one when none is."""
        return next((field for tag in tags for field in self.all(tag)), Field(tags[0]))

    def texts(self, tag: str, codes: str) -> Iterator[str]:
        return (text for field in self.all(tag) for text in field.all(codes))

    @property
    def is_no_book(self) -> bool:
        """An authority, a holding, or a record that says it was deleted."""
        return self.leader[6:7] in _NO_BOOK or self.leader[5:6] == "d"

    @property
    def is_unimarc(self) -> bool:
        """UNIMARC has its title in 200, which MARC 21 does not know."""
        return not self.first("245").subfields and bool(self.first("200").subfields)
