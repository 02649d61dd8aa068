"""BibTeX, for reference managers and LaTeX: UTF-8, as biber and the managers read it."""

import re
from collections.abc import Iterable, Iterator

from bookplate.catalog.exporting.entries import Entry

# What TeX takes for a command. A brace must not stand alone, not even escaped: BibTeX counts them.
_SPECIAL = {"{": r"\textbraceleft{}", "}": r"\textbraceright{}", "\\": r"\textbackslash{}"}
_SPECIAL |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {sign: f"\\{sign}" for sign in "#$%&_"}
_TO_ESCAPE = re.compile(r"[{}\\~^#$%&_]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")
_SEVERAL = re.compile(r"\s*[,;]\s+")


class BibTeX:
    name = "bibtex"
    label = "BibTeX"
    suffix = ".bib"
    with_marc = False
    content_type = "application/x-bibtex; charset=utf-8"

    def write(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        for entry in entries:
            lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in _fields(entry) if value)
            yield f"@book{{book{entry.number},\n{lines}\n}}\n\n".encode()


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    # Twice in braces: a title keeps its capitals.
    yield "title", f"{{{_text(entry.title)}}}"
    yield "author", " and ".join(filter(None, map(_name, _SEVERAL.split(entry.author))))
    yield "publisher", _text(entry.publisher)
    yield "year", "" if entry.published_year is None else str(entry.published_year)
    yield "edition", _text(entry.edition)
    yield "isbn", entry.isbn or ""
    yield "language", _text(entry.language)
    yield "keywords", _text(entry.subjects.replace("; ", ", "))


def _name(name: str) -> str:
    """In braces where it has the word that stands between two names, is the one for all that are not named, or has a
    comma that would turn it around."""
    shown = _text(name)
    means_more = " and " in f" {shown.lower()} " or shown.lower() == "others" or "," in shown
    return f"{{{shown}}}" if means_more else shown


def _text(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _SPECIAL[found[0]], _BLANKS.sub(" ", text)).strip()
