"""LibraryThing's export as JSON: one object whose keys are the books' numbers.

The books are cut out of it one by one, so that a damaged one costs no other and reading can go on at any of them.
Their fields change type: a list, an object with numbers for keys, a text.
"""

import html
import mmap
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from bookplate.catalog.importing import cleaning, languages
from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.cleaning import natural
from bookplate.catalog.importing.readers.librarything import publisher
from bookplate.catalog.importing.readers.table import people
from bookplate.catalog.importing.records import LONGEST, START, Draft, Failed, Item, Place, Unfit, attempt
from bookplate.core import json

# A book begins a line, as LibraryThing writes it, or at least with its number.
_BEGIN = re.compile(rb'(?<=\n)"\d{1,12}"\s{0,9}:\s{0,9}\{|"\d{1,12}"\s{0,9}:\s{0,9}\{(?=\s{0,99}"books_id")')
_BETWEEN = b"{ \t\r\n\xef\xbb\xbf"
_WRITERS = {"", "author", "co-author"}


class LibraryThingJSON:
    name = "librarything-json"
    label = "LibraryThing export (JSON)"
    suffix = ".json"
    noun = "books"
    skips = "no books"
    into = Books

    def recognises(self, head: bytes) -> bool:
        return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and b'"books_id"' in head

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            for position, (begin, raw, end) in enumerate(_cut(text, start.offset), start.position + 1):
                yield attempt(Item(position, begin, end, raw[:LONGEST]), partial(_draft, raw))

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        yield b"{"
        for number, failure in enumerate(failures):
            yield (b",\n" if number else b"") + failure.content
        yield b"}\n"


def _cut(text: mmap.mmap, offset: int) -> Iterator[tuple[int, bytes, int]]:
    """Where each book begins, itself, and where it ends; what stands before the first is one when it is something."""
    for begin, end in pairwise(_borders(text, offset)):
        raw = text[begin : min(end, begin + LONGEST + 1)].rstrip()
        raw = raw.removesuffix(b"," if end < len(text) else b"}").rstrip()
        if raw.strip(_BETWEEN):
            yield begin, raw, end


def _borders(text: mmap.mmap, offset: int) -> Iterator[int]:
    if offset < len(text):
        yield offset
    # What begins where reading goes on is told already.
    yield from (at for found in _BEGIN.finditer(text, offset) if (at := found.start()) > offset)
    yield len(text)


def _draft(raw: bytes) -> Draft:
    if len(raw) > LONGEST:
        raise Unfit("", f"No book ends within {LONGEST:,} bytes: this part of the file is damaged.")
    try:
        found = json.loads(b"{%b}" % raw)
    except json.BadJSON as error:
        raise Unfit("", str(error).replace("The body", "This book", 1)) from None
    book = next(iter(found.values()), None)
    if len(found) != 1 or not isinstance(book, dict):
        raise Unfit("", "This is no book of LibraryThing's: a number, a colon and the book's fields are expected.")
    return _book(book)


def _book(book: dict[str, Any]) -> Draft:
    return Draft(
        title=_first(book.get("title")),
        author=people(_authors(book)),
        published_year=cleaning.year(_first(book.get("date"))),
        isbn=cleaning.isbn_of_row(sorted(_texts(book.get("isbn")), key=len, reverse=True)),
        publisher=publisher(_first(book.get("publication"))),
        language=next(filter(None, map(languages.code, _texts(book.get("language_codeA")))), ""),
        subjects="; ".join(dict.fromkeys(map("--".join, map(_texts, _values(book.get("subject")))))),
    )


def _authors(book: dict[str, Any]) -> Iterator[str]:
    """Who wrote it, once each: the primary author often stands among the secondary ones as well."""
    people = [one for one in _values(book.get("authors")) if isinstance(one, dict)]
    names = [_first(one.get("fl")) for one in people if _first(one.get("role")).lower() in _WRITERS]
    names = names or [natural(_first(book.get("primaryauthor")))]
    yield from {name.replace(" ", "").casefold(): name for name in reversed(names)}.values().__reversed__()


def _values(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: object) -> list[str]:
    """The texts in a value of whatever type; they are written for a page, with entities."""
    return [cleaning.clean(html.unescape(one)) for one in _values(value) if isinstance(one, str) and one]


def _first(value: object) -> str:
    return next(iter(_texts(value)), "")
