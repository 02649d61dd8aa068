"""Read an ISBN in any of the forms people write, and keep its 13 digits (ISO 2108)."""

import re
import unicodedata
from functools import lru_cache

from stdnum import isbn
from stdnum.exceptions import ValidationError

_KEPT = re.compile(r"97[89][0-9]{10}")
_LABEL = re.compile(r"^ISBN(?:1[03](?=:))?:?")
_WRAPPING = re.compile(r'^[="\'\[(\s]+|[\s"\'\])]+$')
_DASHES = re.compile(r"[\s\u00ad\u200b-\u200f\u2010-\u2015\u2212\ufeff.-]")
_SPREADSHEET = re.compile(r"^\d([.,]\d+)?E\+?\d+$", re.IGNORECASE)
# Longer than anything people write; the patterns above take quadratic time on blanks without an end.
LONGEST = 200


class BadISBN(ValueError):
    """The text says what is wrong with the number."""


def is_kept(text: str) -> bool:
    """Whether it is already as it is kept, as most are: asked at every write and look-up."""
    if not _KEPT.fullmatch(text):
        return False
    # Each second digit counts three times; the codes of the digits, 48 to 57, add 48 × (7 + 3 × 6), which ends in 0.
    digits = text.encode()
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


@lru_cache(4096)
def normalise(text: str) -> str | None:
    """The 13 digits of an ISBN-10 or ISBN-13, or `None` for an empty one; raises `BadISBN`.

    Takes hyphens, spaces, full-width digits, a leading "ISBN" and a spreadsheet's `="…"`.
    """
    if is_kept(text):
        return text
    shown = text.strip()
    if len(shown) > LONGEST:
        raise BadISBN(f"{shown[:20]}… is not an ISBN: it has {len(shown):,} characters.")
    compact = _DASHES.sub("", _WRAPPING.sub("", unicodedata.normalize("NFKC", text))).upper()
    compact = _LABEL.sub("", compact)
    if not compact:
        return None
    if _SPREADSHEET.match(_WRAPPING.sub("", shown)):
        raise BadISBN(f"{shown} is what a spreadsheet made of an ISBN; its last digits are lost.")
    try:
        return str(isbn.to_isbn13(isbn.validate(compact)))
    except ValidationError:
        raise BadISBN(f"{shown} is not an ISBN: {_fault(compact)}.") from None


def _fault(compact: str) -> str:
    if not re.fullmatch(r"\d+X?", compact):
        return "it may hold digits, hyphens and a final X only"
    if len(compact) not in (10, 13):
        return f"it has {len(compact)} digits instead of 10 or 13"
    if len(compact) == 13 and not compact.startswith(("978", "979")):
        return "13 digits begin with 978 or 979"
    return "its check digit does not agree, so a digit is wrong or missing"
