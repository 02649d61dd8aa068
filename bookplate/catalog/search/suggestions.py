"""What somebody who has typed so much may want to look for: titles and authors of the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bookplate.catalog.models import Book
from bookplate.catalog.search import finding, index, query, tiers, tokens
from bookplate.catalog.search.words import Mark
from bookplate.people.folding import fold, sort_key

MOST = 5
"""Of a kind."""
LOOKED_AT = 50
"""Books; the same author may have many."""
SHORTEST = 2
_LAST = chr(0x10FFFF)


@dataclass(frozen=True)
class Suggestion:
    text: str
    kind: Literal["title", "author"]


def of(typed: str) -> list[Suggestion]:
    """Titles, then authors: first those that begin so, then those with such words."""
    typed = query.clean(typed)
    if len(fold(typed)) < SHORTEST:
        return []
    titles = [*_begun("title", typed), *_with_words("title", Mark.TITLE, typed)]
    authors = [name for text in _with_words("author", Mark.AUTHOR, typed) for name in _names(text, typed)]
    return [Suggestion(text, "title") for text in _different(titles)] + [
        Suggestion(text, "author") for text in _different(authors)
    ]


def _begun(field: str, typed: str) -> Iterable[str]:
    key = f"{field}_key"
    start = sort_key(typed)
    books = Book.objects.filter(**{f"{key}__gte": start, f"{key}__lt": start + _LAST}).order_by(key, "id")
    return books.values_list(field, flat=True)[:MOST]


def _with_words(field: str, mark: Mark, typed: str) -> Iterable[str]:
    wanted = query.read("").with_besides(*query.words_of(typed, mark))
    if not (node := tiers.widest(wanted)):
        return []
    here = index.here()
    books = finding.fitting(Book.objects.all(), here.written(node))
    return books.extra(order_by=[here.number]).values_list(field, flat=True)[:LOOKED_AT]


def _names(authors: str, typed: str) -> Iterable[str]:
    """Those among several that were meant; `Austen, Jane` is one name, for each of several has a blank in it."""
    names = authors.split(", ")
    if not all(" " in name for name in names):
        return [authors]
    wanted = tokens.indexed(typed)[0]
    return [name for name in names if all(_has(name, word) for word in wanted)]


def _has(name: str, word: str) -> bool:
    inside, besides = tokens.indexed(name)
    return any(each.startswith(word) for each in inside + besides)


def _different(texts: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(fold(text), text)
    return list(found.values())[:MOST]
