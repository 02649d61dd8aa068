"""The words of a book as both databases index them, each marked by where in the book it stands."""

import re
from enum import StrEnum

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


def of_book(title: str, author: str, *rest: object) -> str:
    """Of the `SOURCES`; with a blank at either end, so that each word and each phrase stands between blanks."""
    others = " ; ".join(str(value) for value in rest if value)
    fields = [(Mark.TITLE, title), (Mark.AUTHOR, author), (Mark.OTHER, others)]
    found = [(mark, *tokens.indexed(text)) for mark, text in fields]
    words = [mark + word for mark, inside, _ in found for word in inside]
    # What stands behind these is not beside them in the text, so no phrase may find it there.
    words += [mark + word for mark, _, besides in found for word in besides]
    words += [heading(subject) for subject in headings(str(rest[1]))]
    return f" {' '.join(words)} "


def headings(subjects: str) -> list[str]:
    return [subject for each in subjects.split(BETWEEN_SUBJECTS) if (subject := each.strip())]


def heading(subject: str) -> str:
    """A subject as one word, by which its books are found without a look at them."""
    return (Mark.HEADING + "·".join(tokens.indexed(subject)[0]))[: 2 * tokens.LONGEST]


def is_spelt(word: str) -> bool:
    """Whether this word of the index is one that somebody may misspell, no number and not very short."""
    return _SPELT.fullmatch(word) is not None
