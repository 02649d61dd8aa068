"""In which letters a MARC record is written: what it says of that is often wrong, and its bytes know better."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bookplate.catalog.importing.readers import iso5426, marc8
from bookplate.catalog.importing.readers.lines import is_utf8
from bookplate.catalog.importing.records import Unfit

Slices: TypeAlias = Sequence[tuple[str, bytes]]
"""The fields of a record with their tags."""

SUBFIELD = b"\x1f"
_CARON_AND_OGONEK = {"\u030c", "\u0328"}
# What no text has and Latin-1 makes of Ä, À, È, ç, ñ, ä when it is read as MARC-8
_NO_TEXT = re.compile(r"(?<!\w)[ß°]|[°ℓ℗©♯€][^\W\d_]|[ȧȦǫǪ]|[ñÑ][b-df-hj-np-tv-z]")
_LATIN = " Perhaps it is Latin-1 (Windows): convert the file to UTF-8 and bring it in again."
# Where UNIMARC says in which sets of characters a record is (100 $a, after so many), and the numbers of two of them.
_SAID, _ISO_5426, _UNICODE = 26, b"03", b"50  "


@dataclass(frozen=True)
class Text:
    """Decodes the texts of one record, all in the same way, and can say in which field it failed."""

    charset: str
    decode: Callable[[bytes], str]

    def __call__(self, tag: str, raw: bytes) -> str:
        try:
            return self.decode(raw)
        except ValueError as error:
            detail = f"its byte {error.start + 1} is wrong" if isinstance(error, UnicodeDecodeError) else error
            advice = _LATIN if self is UTF_8 and _is_latin(raw) else ""
            raise Unfit(tag, f"Field {tag} is not {self.charset}: {detail}.{advice}") from None

    def said(self, tag: str, data: bytes) -> bytes:
        """The field as it is; where it says that it is in ISO 5426, it says Unicode, which it leaves as."""
        if tag != "100" or self is not ISO_5426:
            return data
        before, mark, coded = data.partition(b"\x1fa")
        return before + mark + coded[:_SAID] + _UNICODE + coded[_SAID + len(_UNICODE) :]


UTF_8, MARC_8, ISO_5426 = Text("UTF-8", bytes.decode), Text("MARC-8", marc8.decode), Text("ISO 5426", iso5426.decode)


def of(slices: Slices, leader: str) -> Text:
    """The leader's position 9 says "a" for UTF-8, and is wrong in many files; the bytes know better.

    MARC-8 with letters beyond ASCII is not valid UTF-8 but by the rarest accident; so what is UTF-8 is
    that. What claims to be and is not may be MARC-8, unless parts of it are clearly UTF-8. Or it is Latin-1,
    which could pass for MARC-8 with marks on the wrong letters: that is refused. Raises `Unfit`.
    """
    wide = [data for _, data in slices if not data.isascii()]
    wrong = [data for data in wide if not is_utf8(data)]
    claims = leader[9:10] == "a"
    if any(b"\x1b" in data for _, data in slices):
        return UTF_8 if wide and not wrong and claims else MARC_8
    if wrong and not claims and _is_unimarc(slices):
        return _of_unimarc(slices, wrong)
    is_so = not wrong or len(wrong) < len(wide) or (claims and not _is_marc8(wrong))
    return UTF_8 if is_so else MARC_8


def _of_unimarc(slices: Slices, wrong: Sequence[bytes]) -> Text:
    """Of one whose letters with accents MARC-8 would read as others, é as ℗e."""
    coded = next((data.partition(b"\x1fa")[2] for tag, data in slices if tag == "100"), b"")
    if _ISO_5426 in (coded[_SAID : _SAID + 2], coded[_SAID + 2 : _SAID + 4]) and iso5426.reads_well(_parts(wrong)):
        return ISO_5426
    if not _is_marc8(wrong):
        raise Unfit("", "The record is UNIMARC, and in Latin-1 or another old set: convert the file to UTF-8.")
    return MARC_8


def _is_unimarc(slices: Slices) -> bool:
    return {"200"} == {tag for tag, _ in slices} & {"200", "245"}


def _parts(fields: Iterable[bytes]) -> Iterator[bytes]:
    """The texts of the subfields."""
    return (part[1:] for data in fields for part in data.split(SUBFIELD))


def _is_latin(raw: bytes) -> bool:
    """Whether all that is no ASCII would be letters in Latin-1."""
    return all(chr(byte).isalpha() for byte in raw if byte >= 0x80)


def _is_marc8(fields: Iterable[bytes]) -> bool:
    """Whether it reads well as MARC-8: each mark on a letter that takes it, and not carons and ogoneks alone.

    Before other letters Latin-1's é and ñ would be these ("été" "ťe"), and most others marks that fit nothing.
    """
    try:
        texts = [marc8.decode(part) for part in _parts(fields)]
    except marc8.BadMARC8:
        return False
    if any(_NO_TEXT.search(text) or any(map(unicodedata.combining, text)) for text in texts):
        return False
    marks = {char for char in unicodedata.normalize("NFD", "".join(texts)) if unicodedata.combining(char)}
    return not marks or not marks <= _CARON_AND_OGONEK
