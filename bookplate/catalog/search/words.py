"""The words of a book as both databases index them, each marked by where in the book it stands."""

import re
from enum import StrEnum
from functools import lru_cache

from bookplate.catalog.search import tokens

BETWEEN_SUBJECTS = ";"
# The triggers of both databases say the same.
_SPELT = re.compile("[tao][^0-9]{3,}")


class Mark(StrEnum):
    """The first character of an indexed word."""

    TITLE = "t"
    AUTHOR = "a"
    OTHER = "o"
    """Publisher, subjects, year and ISBN."""
    HEADING = "h"
    """A subject as a whole."""


# As plain texts: Python asks long what a member of an enumeration is.
_TITLE, _AUTHOR, _OTHER = Mark.TITLE.value, Mark.AUTHOR.value, Mark.OTHER.value

SOURCES = ("title", "author", "publisher", "subjects", "isbn", "published_year")


def of_book(title: str, author: str, publisher: str, subjects: str, *numbers: object) -> str:
    """Of the `SOURCES`; with a blank at either end, so that each word and each phrase stands between blanks."""
    found = [
        _found(_TITLE, title),
        _found_again(_AUTHOR, author),
        _found_again(_OTHER, publisher),
        _found_again(_OTHER, subjects),
        (_marked(_OTHER, [str(number).lstrip("-") for number in numbers if number]), ""),
    ]
    # What stands behind these is not beside them in the text, so no phrase may find it there.
    words = [*(inside for inside, _ in found), *(besides for _, besides in found), _headings(subjects)]
    return f" {' '.join(filter(None, words))} "


def _found(mark: str, text: str) -> tuple[str, str]:
    inside, besides = tokens.indexed(text)
    return _marked(mark, inside), _marked(mark, besides)


# The same names, publishers and subjects come again with many books.
_found_again = lru_cache(maxsize=2**12)(_found)


def _marked(mark: str, words: list[str]) -> str:
    return mark + (" " + mark).join(words) if words else ""


@lru_cache(maxsize=2**12)
def _headings(subjects: str) -> str:
    return " ".join(map(heading, headings(subjects)))


def headings(subjects: str) -> list[str]:
    return [subject for each in subjects.split(BETWEEN_SUBJECTS) if (subject := each.strip())]


@lru_cache(maxsize=2**12)
def heading(subject: str) -> str:
    """A subject as one word, by which its books are found without a look at them."""
    return (Mark.HEADING + "·".join(tokens.indexed(subject)[0]))[: 2 * tokens.LONGEST]


def is_spelt(word: str) -> bool:
    """Whether this word of the index is one that somebody may misspell, no number and not very short."""
    return _SPELT.fullmatch(word) is not None
