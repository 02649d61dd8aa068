"""What a MARC record that we write says in fields of its own, where the standard's fields would say it otherwise.

A title that ends in " /", a year before Christ, a copy whose shelf mark was changed since: what is read from 245, 008
or 952 is not what was written. Field 997 with `$2bookplate` has the name of the value in `$a` and the value itself in
`$b`, or in `$j` as JSON where it holds what no MARC record can. `$a copies` says that the record's copies are those,
and no others, of which there is a field `$a copy` with the barcode and the shelf mark.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from bookplate.catalog.importing import cleaning
from bookplate.catalog.importing.readers import own
from bookplate.catalog.importing.readers.fields import UNWRITABLE, Field, Marc
from bookplate.catalog.importing.readers.own import FIELDS
from bookplate.catalog.importing.records import Draft, Held, Unfit
from bookplate.core.json import BadJSON, loads

TAG = "997"
COPIES = "copies"
ALL = {*FIELDS, COPIES}
_YEAR = re.compile(r"-?[0-9]{1,4}")


class Told(Protocol):
    """A book with its copies, as it is to be read again."""

    @property
    def copies(self) -> tuple[Held, ...]: ...


def marks(names: set[str], wanted: Told) -> list[Field]:
    """The fields that say these values as they are."""
    values = [_mark(name, getattr(wanted, name)) for name in sorted(names - {COPIES})]
    return [*values, *_copies(wanted.copies)] if COPIES in names else values


def _copies(copies: tuple[Held, ...]) -> Iterator[Field]:
    yield _field(COPIES)
    yield from (_field("copy", ("j", json.dumps(copy))) for copy in copies)


def _mark(name: str, value: Any) -> Field:
    text = "" if value is None else str(value)
    return _field(name, ("j", json.dumps(text)) if UNWRITABLE.search(text) else ("b", text))


def _field(name: str, *value: tuple[str, str]) -> Field:
    return Field(TAG, subfields=(("2", "bookplate"), ("a", name), *value))


def is_mark(field: Field) -> bool:
    return field.tag == TAG and field.subfields[:1] == (("2", "bookplate"),)


def apply(record: Marc, draft: Draft) -> Draft:
    """The draft with what the record says in our own fields; raises `Unfit`."""
    for field in filter(is_mark, record.all(TAG)):
        told = dict(field.subfields)
        match told.get("a"):
            case "copies":
                draft.copies, draft.complete = (), True
            case "copy":
                draft.copies += (_copy(told),)
            case name if name in FIELDS:
                setattr(draft, name, _value(name, told))
    return draft


def _copy(told: Mapping[str, str]) -> Held:
    match _read(told):
        case [str(barcode), str(shelfmark)] if barcode:
            return Held(barcode, shelfmark)
    raise Unfit(COPIES, f"Field {TAG} tells of a copy without its barcode and shelf mark.")


def _value(name: str, told: Mapping[str, str]) -> Any:
    value = own.text(name, _read(told) if "j" in told else told.get("b", ""))
    match name:
        case "published_year":
            return int(value) if _YEAR.fullmatch(value) else None
        case "isbn":
            return cleaning.isbn_of_row([value])
    return value


def _read(told: Mapping[str, str]) -> Any:
    try:
        return loads(told.get("j", "").encode(errors="replace"))
    except BadJSON as error:
        raise Unfit("", str(error).replace("The body", f"Subfield j of field {TAG}")) from None


def differences(draft: Draft, wanted: Told) -> set[str]:
    """The names of what the draft says otherwise."""
    names = {name for name in FIELDS if getattr(draft, name) != getattr(wanted, name)}
    return names if are_all(draft.copies, wanted) else names | {COPIES}


def are_all(copies: tuple[Held, ...], wanted: Told) -> bool:
    """Whether a record with these copies says that they are all: one without any leaves open how many there are."""
    return bool(copies) and copies == wanted.copies
