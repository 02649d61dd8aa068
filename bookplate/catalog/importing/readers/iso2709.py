"""One record in exchange format (ISO 2709, MARC 21 specifications for record structure), told from a damaged one."""

import re
from itertools import accumulate

from bookplate.catalog.importing.readers import charsets
from bookplate.catalog.importing.readers.charsets import SUBFIELD, Text
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.records import Unfit

END_OF_RECORD, END_OF_FIELD = b"\x1d", b"\x1e"
LEADER = 24
_TAG = re.compile("[0-9A-Za-z]{3}")
_NO_LEADER = re.compile("[^ -~]")
_MARKS = re.compile("[\x1d-\x1f]")
_MOST = 99_999  # of what five digits can say
ENTRY = 12  # bytes of the directory for a field: tag, length, where it begins


def written(record: Marc) -> bytes:
    """The record in UTF-8. What is too long for the numbers in its directory is read by the order of its fields."""
    fields = [(field.tag.encode(), _bytes_of(field)) for field in record.fields if _TAG.fullmatch(field.tag)]
    begins = accumulate((len(data) for _, data in fields), initial=0)
    entries = b"".join(
        tag + b"%04d%05d" % (min(len(data), 9_999), min(begin, _MOST))
        for (tag, data), begin in zip(fields, begins, strict=False)
    )
    data = entries + END_OF_FIELD + b"".join(data for _, data in fields) + END_OF_RECORD
    leader = _NO_LEADER.sub(" ", f"{record.leader:24.24}").encode()
    length, base = (b"%05d" % min(LEADER + size, _MOST) for size in (len(data), len(entries) + 1))
    return length + leader[5:9] + b"a22" + base + leader[17:20] + b"4500" + data


def _bytes_of(field: Field) -> bytes:
    if field.is_control:
        text = _without_marks(field.data)
    else:
        text = _without_marks(field.indicators) + "".join(
            f"\x1f{code}{_without_marks(text)}"
            for code, text in field.subfields
            if len(code) == 1 and " " < code < "\x7f"
        )
    return text.encode() + END_OF_FIELD


def _without_marks(text: str) -> str:
    return _MARKS.sub(" ", text) if not text.isprintable() else text


def parse(raw: bytes) -> Marc:
    """The record in `raw`, with its terminator or without; raises `Unfit` with what is damaged.

    No length or address is believed. The directory names the fields and their order; each ends at a
    terminator, and there must be as many of these as the directory has entries.
    """
    directory, *fields = raw[LEADER:].removesuffix(END_OF_RECORD).split(END_OF_FIELD)
    if not fields or fields.pop():
        raise Unfit("", "The record is cut off in the middle of a field, or is no MARC record.")
    if not fields:
        raise Unfit("", "The record has no fields.")
    leader = raw[:LEADER].decode("latin-1")
    slices = _in_order(_entries(directory), fields)
    text = charsets.of(slices, leader)
    return Marc(leader, tuple(_field(tag, text.said(tag, data), text) for tag, data in slices))


def _entries(directory: bytes) -> list[tuple[str, int, int]]:
    """Tag, length and beginning of each field, as the directory has them."""
    entries = [directory[at : at + ENTRY] for at in range(0, len(directory), ENTRY)]
    if wrong := [entry for entry in entries if not _is_entry(entry)]:
        raise Unfit("", f"The directory of the record's fields is damaged at “{wrong[0].decode('ascii', 'replace')}”.")
    return [(entry[:3].decode(), int(entry[3:7]), int(entry[7:])) for entry in entries]


def _is_entry(entry: bytes) -> bool:
    return len(entry) == ENTRY and entry[:3].isalnum() and entry[3:].isdigit()


def _in_order(entries: list[tuple[str, int, int]], fields: list[bytes]) -> list[tuple[str, bytes]]:
    """Which field is which: by their beginnings, or by their order where the beginnings are wrong but rise.

    The second is what programs leave that turn MARC-8 into UTF-8 and forget the directory.
    """
    if len(entries) != len(fields):
        raise Unfit("", f"The record has {len(fields)} fields where its directory has {len(entries)}.")
    begins = dict(zip(accumulate((len(data) + 1 for data in fields), initial=0), fields, strict=False))
    starts = [start for _, _, start in entries]
    if set(starts) == begins.keys():
        return [(tag, begins[start]) for tag, _, start in entries]
    known = starts[: starts.index(_MOST)] if _MOST in starts else starts
    if known != sorted(set(known)) or set(starts[len(known) :]) - {_MOST}:
        raise Unfit("", "The directory of the record's fields does not fit the fields.")
    return [(tag, data) for (tag, _, _), data in zip(entries, fields, strict=True)]


def _field(tag: str, data: bytes, text: Text) -> Field:
    if tag < "010" and tag.isdigit():
        return Field(tag, data=text(tag, data))
    indicators, *parts = data.split(SUBFIELD)
    shown = text(tag, indicators)
    return Field(tag, f"{shown:2.2}", tuple(_subfield(tag, part, text) for part in parts if part))


def _subfield(tag: str, part: bytes, text: Text) -> tuple[str, str]:
    return (part[:1].decode("ascii"), text(tag, part[1:])) if part[:1].isascii() else ("?", text(tag, part))
