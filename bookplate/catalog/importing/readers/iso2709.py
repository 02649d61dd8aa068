"""One record in exchange format (ISO 2709, MARC 21 specifications for record structure), told from a damaged one."""

import re
import unicodedata
from itertools import accumulate

from bookplate.catalog.importing.readers import marc8
from bookplate.catalog.importing.readers.fields import Field, Marc
from bookplate.catalog.importing.records import Unfit

END_OF_RECORD, END_OF_FIELD, SUBFIELD = b"\x1d", b"\x1e", b"\x1f"
LEADER = 24
_CARON_AND_OGONEK = {"\u030c", "\u0328"}
# What no text has and Latin-1 makes of Ä, À, ç, ñ, ä when it is read as MARC-8
_NO_TEXT = re.compile(r"(?<!\w)ß|[°ℓ℗©♯][^\W\d_]|[ȧȦǫǪ]|[ñÑ][b-df-hj-np-tv-z]")
_LATIN = " Perhaps it is Latin-1 (Windows): convert the file to UTF-8 and bring it in again."
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
    text = _text_of(slices, leader)
    return Marc(leader, tuple(_field(tag, data, text) for tag, data in slices))


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


class _Text:
    """Decodes the texts of one record, all in the same way, and can say in which field it failed."""

    def __init__(self, is_utf8: bool) -> None:
        self.is_utf8 = is_utf8

    def __call__(self, tag: str, raw: bytes) -> str:
        try:
            return raw.decode() if self.is_utf8 else marc8.decode(raw)
        except (UnicodeDecodeError, marc8.BadMARC8) as error:
            kind = "UTF-8" if self.is_utf8 else "MARC-8"
            detail = error if isinstance(error, marc8.BadMARC8) else f"its byte {error.start + 1} is wrong"
            advice = _LATIN if self.is_utf8 and _is_latin(raw) else ""
            raise Unfit(tag, f"Field {tag} is not {kind}: {detail}.{advice}") from None


def _is_latin(raw: bytes) -> bool:
    """Whether all that is no ASCII would be letters in Latin-1."""
    return all(chr(byte).isalpha() for byte in raw if byte >= 0x80)


def _text_of(slices: list[tuple[str, bytes]], leader: str) -> _Text:
    """The leader's position 9 says "a" for UTF-8, and is wrong in many files; the bytes know better.

    MARC-8 with letters beyond ASCII is not valid UTF-8 but by the rarest accident; so what is UTF-8 is
    that. What claims to be and is not may be MARC-8, unless parts of it are clearly UTF-8. Or it is Latin-1,
    which could pass for MARC-8 with marks on the wrong letters: that is refused.
    """
    wide = [data for _, data in slices if not data.isascii()]
    wrong = [data for data in wide if not _is_utf8(data)]
    if any(b"\x1b" in data for _, data in slices):
        return _Text(is_utf8=bool(wide) and not wrong and leader[9:10] == "a")
    claims = leader[9:10] == "a"
    if wrong and not claims and _is_unimarc(slices) and not _is_marc8(wrong):
        raise Unfit("", "The record is UNIMARC in ISO 5426, or in Latin-1: convert the file to UTF-8.")
    return _Text(is_utf8=not wrong or len(wrong) < len(wide) or (claims and not _is_marc8(wrong)))


def _is_unimarc(slices: list[tuple[str, bytes]]) -> bool:
    """Whose letters with accents MARC-8 would read as others, é as ℗e."""
    return {"200"} == {tag for tag, _ in slices} & {"200", "245"}


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_marc8(fields: list[bytes]) -> bool:
    """Whether it reads well as MARC-8: each mark on a letter that takes it, and not carons and ogoneks alone.

    Before other letters Latin-1's é and ñ would be these ("été" "ťe"), and most others marks that fit nothing.
    """
    try:
        texts = [marc8.decode(part[1:]) for data in fields for part in data.split(SUBFIELD)]
    except marc8.BadMARC8:
        return False
    if any(_NO_TEXT.search(text) or any(map(unicodedata.combining, text)) for text in texts):
        return False
    marks = {char for char in unicodedata.normalize("NFD", "".join(texts)) if unicodedata.combining(char)}
    return not marks or not marks <= _CARON_AND_OGONEK


def _field(tag: str, data: bytes, text: _Text) -> Field:
    if tag < "010" and tag.isdigit():
        return Field(tag, data=text(tag, data))
    indicators, *parts = data.split(SUBFIELD)
    shown = text(tag, indicators)
    return Field(tag, f"{shown:2.2}", tuple(_subfield(tag, part, text) for part in parts if part))


def _subfield(tag: str, part: bytes, text: _Text) -> tuple[str, str]:
    return (part[:1].decode("ascii"), text(tag, part[1:])) if part[:1].isascii() else ("?", text(tag, part))
