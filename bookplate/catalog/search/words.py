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


SOURCES = ("title", "author", "publisher", "subjects", "isbn", "published_year")


# The same names, publishers and subjects come again with many books.
_indexed_again = lru_cache(maxsize=2**12)(tokens.indexed)


def of_book(title: str, author: str, publisher: str, subjects: str, *numbers: object) -> str:
    """Of the `SOURCES`; with a blank at either end, so that each word and each phrase stands between blanks."""
    found = [
        (Mark.TITLE, *tokens.indexed(title)),
        (Mark.AUTHOR, *_indexed_again(author)),
        (Mark.OTHER, *_indexed_again(publisher)),
        (Mark.OTHER, *_indexed_again(subjects)),
        (Mark.OTHER, [str(number).lstrip("-") for number in numbers if number], []),
    ]
    words = [_marked(mark, inside) for mark, inside, _ in found if inside]
    # What stands behind these is not beside them in the text, so no phrase may find it there.
    words += [_marked(mark, besides) for mark, _, besides in found if besides]
    words += map(heading, headings(subjects))
    return f" {' '.join(words)} "


def _marked(mark: Mark, words: list[str]) -> str:
    return mark + (" " + mark).join(words)


def headings(subjects: str) -> list[str]:
    return [subject for each in subjects.split(BETWEEN_SUBJECTS) if (subject := each.strip())]


@lru_cache(maxsize=2**12)
def heading(subject: str) -> str:
    """A subject as one word, by which its books are found without a look at them."""
    return (Mark.HEADING + "·".join(tokens.indexed(subject)[0]))[: 2 * tokens.LONGEST]


def is_spelt(word: str) -> bool:
    """Whether this word of the index is one that somebody may misspell, no number and not very short."""
    return _SPELT.fullmatch(word) is not None
