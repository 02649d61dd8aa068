"""Fold text so that spellings which people take for the same are the same.

Full-width forms, ligatures and the like by NFKC, case by Unicode's full case folding, accents by
dropping combining marks of the Latin, Greek and Cyrillic scripts (in others, such as Devanagari or
Thai, a mark is a letter's part and stays). Done in Python and stored, so that SQLite and
PostgreSQL sort and find alike (Unicode Standard Annex 15; chapter 3.13 for case folding).
"""

import re
import unicodedata
from itertools import groupby, islice
from typing import Literal

from bookplate.core.remembering import remembered

_COMBINING = re.compile("[̀-ͯ]")
# Letters that look accented but are not composed of a letter and a mark.
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_LEADING = re.compile(r"[^\w]+")
LONG_WORD, MOST_MARKS = 100, 30
_LONG_WORD = re.compile(rf"\S{{{LONG_WORD},}}")


def normal(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """A normal form of Unicode, and of the marks on one letter the first 30.

    To put more of them in order takes quadratic time, minutes for some 100,000, in which nothing else runs in the
    process; no language has so many (Unicode Standard Annex 15, Stream-Safe Text Format).
    """
    few = text if len(text) < LONG_WORD else _LONG_WORD.sub(_with_few_marks, text)
    return unicodedata.normalize(form, few)


def _with_few_marks(word: re.Match[str]) -> str:
    runs = groupby(word[0], lambda letter: unicodedata.combining(letter) > 0)
    return "".join(letter for marks, run in runs for letter in (islice(run, MOST_MARKS) if marks else run))


# A name or title is folded for several of its book's columns, and names come again.
@remembered(2**12)
def fold(text: str) -> str:
    if text.isascii():  # as most are, and nothing else is to be done for them
        return " ".join(text.lower().split())
    plain = _COMBINING.sub("", normal("NFKD", text).casefold())
    if not plain.isascii():
        plain = normal("NFC", plain.translate(_LETTERS))
    return " ".join(plain.split())


def sort_key(text: str, length: int = 200) -> str:
    """What a list sorts by: folded, without leading punctuation, cut to fit an index."""
    folded = fold(text)
    return (_LEADING.sub("", folded, count=1) if _LEADING.match(folded) else folded)[:length] or folded[:length]
