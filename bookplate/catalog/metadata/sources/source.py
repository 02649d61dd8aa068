"""What a source is, and what it makes of an answer."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol
from urllib.parse import urlsplit

from bookplate.catalog import isbn
from bookplate.catalog.importing.records import Draft
from bookplate.catalog.metadata.errors import Unusable
from bookplate.catalog.metadata.fetching import Response
from bookplate.core import json

# Of one book; those of its volumes and bindings may be among them.
MOST_NUMBERS = 200


@dataclass(frozen=True)
class Known:
    """What a source says of a book, as it says it; what is believed of that, `answers` decides."""

    book: Draft
    cover: str = ""
    """Where a picture of its cover is."""


class Source(Protocol):
    """Somebody who is asked about one book at a time."""

    name: str
    """Kept with what it said; never changes."""
    label: str
    """What people call it."""

    def __init__(self, base: str) -> None: ...

    @property
    def origins(self) -> list[str]:
        """All that may be connected to for it, its covers' included; `https://.example.org` is all that is below."""

    def address(self, number: str) -> str:
        """Where it tells of the book with this ISBN (13 digits)."""

    def read(self, answer: Response, number: str) -> Known | None:
        """What it knows of that book, `None` when it says that it knows none; raises `Unusable`."""


def origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def document(answer: Response) -> dict[str, Any]:
    """The JSON object that it answered with; raises `Unusable`."""
    try:
        value = json.loads(answer.expect("application/json", "text/javascript"))
    except (json.BadJSON, RecursionError):
        raise Unusable("it answers with JSON that cannot be read") from None
    return value if isinstance(value, dict) else _refuse()


def _refuse() -> dict[str, Any]:
    raise Unusable("it answers with something else than it used to")


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def texts(value: Any, key: str = "") -> list[str]:
    """The texts of a list, or those that its objects have as `key`."""
    found = (mapping(one).get(key) if key else one for one in listed(value))
    return [one for one in map(text, found) if one]


def is_about(numbers: Iterable[str], wanted: str) -> bool:
    """Whether one of these ISBNs, in any form, is the one that was asked for."""
    for number in islice(numbers, MOST_NUMBERS):
        with suppress(isbn.BadISBN):
            if isbn.normalise(number) == wanted:
                return True
    return False
