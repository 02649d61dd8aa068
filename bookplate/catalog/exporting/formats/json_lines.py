"""JSON lines (jsonlines.org): one object for each book, with all that is known of it."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bookplate.catalog.exporting.entries import Entry
from bookplate.catalog.importing.readers.own import FIELDS

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class JSONLines:
    name = "jsonl"
    label = "JSON lines"
    suffix = ".jsonl"
    with_marc = True
    content_type = "application/jsonl"

    def write(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        for entry in entries:
            yield _write(_object(entry)).encode() + b"\n"


def _object(entry: Entry) -> dict[str, Any]:
    book: dict[str, Any] = dict(zip(FIELDS, entry[1:-2], strict=True))
    book["copies"] = [copy._asdict() for copy in entry.copies]
    return book | ({"marc": entry.marc.as_json()} if entry.marc else {})
