"""What a MARC record that we write says in a field of its own, where the standard's fields would say it otherwise.

A title that ends in " /", a year before Christ: what is read from 245 or 008 is not what was written. Field 997 with
`$2bookplate` has the name of the value in `$a` and the value itself in `$b`; `$a copies` says that there are none.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bookplate.catalog.importing import cleaning
from bookplate.catalog.importing.readers import own
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.readers.own import FIELDS
from bookplate.catalog.importing.records import Draft

TAG = "997"
NO_COPIES = Field(TAG, subfields=(("2", "bookplate"), ("a", "copies")))


def mark(name: str, value: Any) -> Field:
    return Field(TAG, subfields=(("2", "bookplate"), ("a", name), ("b", "" if value is None else str(value))))


def is_mark(field: Field) -> bool:
    return field.tag == TAG and field.subfields[:1] == (("2", "bookplate"),)


def apply(record: Marc, draft: Draft) -> Draft:
    """The draft with what the record says in our own fields; raises `Unfit`."""
    for field in filter(is_mark, record.all(TAG)):
        told = dict(field.subfields)
        if told.get("a") in FIELDS:
            setattr(draft, told["a"], _value(told))
        draft.complete = draft.complete or told.get("a") == "copies"
    return draft


def _value(told: Mapping[str, str]) -> Any:
    value = own.text(told["a"], told.get("b", ""))
    match told["a"]:
        case "published_year":
            return int(value) if value.lstrip("-").isdecimal() and len(value) < 6 else None
        case "isbn":
            return cleaning.isbn_of_row([value])
    return value


def differences(draft: Draft, wanted: Mapping[str, Any]) -> Iterator[str]:
    """The names of what the draft says otherwise."""
    return (name for name in FIELDS if getattr(draft, name) != wanted[name])
