"""The words of a book as both databases index them, each marked by where in the book it stands."""

import re
from enum import StrEnum
from functools import partial

from bookplate.catalog.search import tokens
from bookplate.core.remembering import remembered

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
_OTHER = Mark.OTHER.value


def of_book(title: str, author: str, publisher: str, subjects: str, *numbers: object) -> str:
    """Of the `SOURCES`; with a blank at either end, so that each word and each phrase stands between blanks."""
    found = [_of_title(title), _of_author(author), _of_other(publisher), _of_other(subjects)]
    words = [inside for inside, _ in found if inside]
    words += (_OTHER + str(number).lstrip("-") for number in numbers if number)
    # What stands behind these is not beside them in the text, so no phrase may find it there.
    words += (besides for _, besides in found if besides)
    words += _headings(subjects)
    return f" {' '.join(words)} "


def _marked(mark: str, text: str) -> tuple[str, str]:
    """The words in their order, and what else the text is found by."""
    inside, besides = tokens.indexed(text)
    between = " " + mark
    return mark + between.join(inside) if inside else "", mark + between.join(besides) if besides else ""


_of_title = partial(_marked, Mark.TITLE.value)
# The same names, publishers and subjects come again with many books.
_of_author = remembered(2**12)(partial(_marked, Mark.AUTHOR.value))
_of_other = remembered(2**12)(partial(_marked, Mark.OTHER.value))


@remembered(2**12)
def _headings(subjects: str) -> list[str]:
    return [*map(heading, headings(subjects))]


def headings(subjects: str) -> list[str]:
    return [subject for each in subjects.split(BETWEEN_SUBJECTS) if (subject := each.strip())]


@remembered(2**12)
def heading(subject: str) -> str:
    """A subject as one word, by which its books are found without a look at them."""
    return (Mark.HEADING + "·".join(tokens.indexed(subject)[0]))[: 2 * tokens.LONGEST]


def is_spelt(word: str) -> bool:
    """Whether this word of the index is one that somebody may misspell, no number and not very short."""
    return _SPELT.fullmatch(word) is not None
