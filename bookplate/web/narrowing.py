"""What the books of the catalogue can be narrowed down to, and are, as links that add it and take it away."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from bookplate.catalog.filters import Filters
from bookplate.catalog.importing import languages
from bookplate.catalog.search.facets import Facets

Wanted = Mapping[str, Any]
DECADE = 10
SHOWN = 10
"""Choices of a kind, the most frequent ones."""
TITLES = {"language": "Language", "decade": "Years", "subject": "Subject"}


@dataclass(frozen=True)
class Choice:
    name: str
    value: str
    words: str
    address: str
    count: int = 0
    is_chosen: bool = False


@dataclass(frozen=True)
class Facet:
    name: str
    title: str
    choices: list[Choice]


def address(wanted: Wanted) -> str:
    return reverse("web:catalogue") + ("?" + urlencode(wanted) if wanted else "")


def filters(wanted: Wanted) -> Filters:
    same = {name: wanted[name] for name in ("search", "exact", "language", "subject", "available") if name in wanted}
    first = wanted.get("decade")
    last = None if first is None else first + DECADE - 1
    return Filters(**same, published_year__gte=first, published_year__lte=last)


def facets(counts: Facets, wanted: Wanted) -> list[Facet]:
    """Those that have anything to choose from; what is chosen already can be taken back there as well."""
    decades = sorted(counts.decades[:SHOWN], reverse=True)
    each = {"language": counts.languages[:SHOWN], "decade": decades, "subject": counts.subjects[:SHOWN]}
    found = [Facet(name, TITLES[name], list(_choices(name, values, wanted))) for name, values in each.items()]
    return [facet for facet in found if facet.choices]


def _choices(name: str, counts: Iterable[tuple[Any, int]], wanted: Wanted) -> Iterator[Choice]:
    for value, count in counts:
        chosen = wanted.get(name) == value
        there = address(_without(wanted, name) if chosen else {**wanted, name: value})
        yield Choice(name, str(value), _in_words(name, value), there, count, chosen)


def chosen(wanted: Wanted) -> list[Choice]:
    """What the books are narrowed down to, each with the way back."""
    names = [name for name in TITLES if name in wanted]
    return [_taken_back(name, wanted) for name in names]


def _taken_back(name: str, wanted: Wanted) -> Choice:
    value = wanted[name]
    return Choice(name, str(value), _in_words(name, value), address(_without(wanted, name)), is_chosen=True)


def _without(wanted: Wanted, name: str) -> dict[str, Any]:
    return {other: value for other, value in wanted.items() if other != name}


def _in_words(name: str, value: Any) -> str:
    match name:
        case "language":
            return languages.name(value)
        case "decade":
            return _years(value)
    return str(value)


def _years(first: int) -> str:
    last = first + DECADE - 1
    return f"{first}–{last}" if first >= 0 else f"{-first}–{-last} BC"
