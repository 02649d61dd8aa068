"""A MARC record in memory, however it was written: a leader and fields."""

import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple, Self

from bookplate.catalog.importing.records import Unfit

# More would cost an import more than it saves on the disk.
_LEVEL = 1
# Leader position 6 (MARC 21): authorities, holdings, classification, community information.
_NO_BOOK = frozenset("zuvxywq")


class Field(NamedTuple):
    """A control field has `data`, any other indicators and subfields."""

    tag: str
    indicators: str = "  "
    subfields: tuple[tuple[str, str], ...] = ()
    data: str = ""

    @property
    def is_control(self) -> bool:
        return bool(self.data) or (self.tag < "010" and self.tag.isdigit())

    def get(self, codes: str) -> str:
        """The first subfield that has one of the codes and a text."""
        return next((text.strip() for code, text in self.subfields if code in codes and text.strip()), "")

    def all(self, codes: str) -> list[str]:
        return [text.strip() for code, text in self.subfields if code in codes and text.strip()]

    def as_json(self) -> str | dict[str, Any]:
        if self.is_control:
            return self.data
        first, second = self.indicators[0], self.indicators[1]
        return {"ind1": first, "ind2": second, "subfields": [{code: text} for code, text in self.subfields]}

    @classmethod
    def from_json(cls, tag: str, content: Any) -> Self:
        if isinstance(content, str):
            return cls(tag, data=content)
        subfields = tuple(pair for one in content["subfields"] for pair in one.items())
        return cls(tag, content["ind1"] + content["ind2"], subfields)


# What ISO 2709 or XML have no place for.
UNWRITABLE = re.compile("[\x00-\x08\v\f\x0e-\x1f\ufffe\uffff]")


def _writable(field: Field) -> Field:
    subfields = tuple((code, UNWRITABLE.sub(_dropped, text)) for code, text in field.subfields)
    return field._replace(subfields=subfields, data=UNWRITABLE.sub(_dropped, field.data))


def _dropped(found: re.Match[str]) -> str:
    """As an import drops it from whatever it reads (`cleaning.clean`)."""
    return " " if found[0] in "\v\f" else ""


class Marc(NamedTuple):
    leader: str
    fields: tuple[Field, ...]

    def all(self, *tags: str) -> Iterator[Field]:
        return (field for field in self.fields if field.tag in tags)

    def first(self, *tags: str) -> Field:
        """The first field of the first of the tags that is there; an empty one when none is."""
        # Loops, as a record is asked for a dozen fields: generators would take twice as long.
        for tag in tags:
            for field in self.fields:
                if field.tag == tag:
                    return field
        return Field(tags[0])

    def texts(self, tag: str, codes: str) -> Iterator[str]:
        return (text for field in self.all(tag) for text in field.all(codes))

    def writable(self) -> Self:
        """As ISO 2709 and XML can both hold it."""
        texts = "".join([text for field in self.fields for _, text in field.subfields])
        texts += "".join([field.data for field in self.fields])
        return self._replace(fields=tuple(map(_writable, self.fields))) if UNWRITABLE.search(texts) else self

    @property
    def is_no_book(self) -> bool:
        """An authority, a holding, or a record that says it was deleted."""
        return self.leader[6:7] in _NO_BOOK or self.leader[5:6] == "d"

    @property
    def is_unimarc(self) -> bool:
        """UNIMARC has its title in 200, which MARC 21 does not know."""
        return not self.first("245").subfields and bool(self.first("200").subfields)

    def as_json(self) -> dict[str, Any]:
        """As catalogues exchange it ("MARC-in-JSON")."""
        return {"leader": self.leader, "fields": [{field.tag: field.as_json()} for field in self.fields]}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Raises `Unfit` for what is none."""
        try:
            fields = tuple(Field.from_json(tag, content) for one in value["fields"] for tag, content in one.items())
            texts = [value["leader"], *(text for field in fields for _, text in field.subfields)]
            sound = all(isinstance(text, str) for text in texts) and all(len(field.indicators) == 2 for field in fields)
        except (TypeError, KeyError, ValueError, AttributeError):
            sound = False
        if not sound:
            raise Unfit("marc", "The MARC record has not the form of MARC-in-JSON.")
        return cls(value["leader"], fields)

    def packed(self) -> bytes:
        """As it is kept with its book: in lists, which are written and read faster than objects with names."""
        return zlib.compress(json.dumps(self, ensure_ascii=False, separators=(",", ":")).encode(), _LEVEL)

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        leader, fields = json.loads(zlib.decompress(content))
        return cls(leader, tuple(Field(tag, both, tuple(map(tuple, parts)), data) for tag, both, parts, data in fields))
