"""JSON lines as Bookplate exports them: an object for each book, with the names that the API has for its fields."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.readers import own
from bookplate.catalog.importing.readers.fields import Marc
from bookplate.catalog.importing.records import LONGEST, START, Broken, Draft, Failed, Held, Item, Place, Unfit, attempt
from bookplate.core import json

_BEGIN = re.compile(rb'\{\s*"(?:title|author|published_year|isbn)"\s*:')
_TOO_LONG = f"This line has more than {LONGEST:,} bytes. Perhaps it is no list with a book on each line."


class JSONLines:
    name = "json-lines"
    label = "JSON lines"
    suffix = ".jsonl"
    noun = "books"
    skips = "no books"
    into = Books

    def recognises(self, head: bytes) -> bool:
        first = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
        return bool(_BEGIN.match(first)) or (first.startswith(b"{") and _is_book(first))

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        with path.open("rb") as file:
            for position, (begin, raw, end) in enumerate(_lines(file, start.offset), start.position + 1):
                if len(raw) > LONGEST:
                    yield Broken(position, begin, end, raw[:LONGEST], reason=_TOO_LONG)
                else:
                    yield attempt(Item(position, begin, end, raw), partial(_draft, raw))

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        for failure in failures:
            yield failure.content.strip() + b"\n"


def _is_book(line: bytes) -> bool:
    """As other programs write it, with an id of theirs first."""
    try:
        value = json.loads(line)
    except json.BadJSON:
        return False
    return isinstance(value, dict) and not {"title", "isbn"}.isdisjoint(value)


def _lines(file: BinaryIO, offset: int) -> Iterator[tuple[int, bytes, int]]:
    """Where each line that is not blank begins, itself, cut where it is too long, and where the next begins."""
    file.seek(offset)
    while raw := file.readline(LONGEST + 1):
        rest = raw
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST)
        if raw.strip():
            yield offset, raw, file.tell()
        offset = file.tell()


def _draft(raw: bytes) -> Draft:
    try:
        value = json.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except json.BadJSON as error:
        raise Unfit("", str(error).replace("The body", "The line")) from None
    if not isinstance(value, dict):
        raise Unfit("", "The line is no JSON object.")
    draft = own.draft({**value, "published_year": _year(value)}, _copies(value), complete="copies" in value)
    draft.marc = Marc.from_json(value["marc"]).packed() if value.get("marc") else b""
    return draft


def _year(value: dict[str, Any]) -> int | None:
    year = value.get("published_year")
    if year is None or (isinstance(year, int) and not isinstance(year, bool) and abs(year) < 10_000):
        return year
    raise Unfit("published_year", "The published_year is no whole number of at most four digits.")


def _copies(value: dict[str, Any]) -> tuple[Held, ...]:
    told = value.get("copies") or []
    if not isinstance(told, list) or not all(map(_is_copy, told)):
        raise Unfit("copies", "The copies are no list of objects with a barcode and a shelfmark.")
    return tuple(Held(one["barcode"], one.get("shelfmark", "")) for one in told)


def _is_copy(value: object) -> bool:
    return isinstance(value, dict) and bool(value.get("barcode")) and all(map(_is_text, value.values()))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value
