"""What people want from a search, as `*.toml` here say it, beside what they get."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rest_framework.test import APIClient

from bookplate.people.folding import fold

SHOWN = 10
READ_AS = "Search-Read-As"
Hit = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """A book, as much of its title and author as tells it apart; judged.toml says how one is written."""

    text: str

    def is_met_by(self, hit: Hit) -> bool:
        if re.fullmatch(r"\d{13}", self.text):
            return bool(hit["isbn"] == self.text)
        return bool(self._title.search(hit["title"])) and self._author in hit["author"]

    @cached_property
    def _title(self) -> re.Pattern[str]:
        title = self.text.partition("/")[0].strip()
        anywhere, words = title.startswith("…"), re.escape(title.removeprefix("…"))
        return re.compile(rf"(?<!\w){words}(?!\w)" if anywhere else rf"^{words}(?!\w)" * bool(words), re.IGNORECASE)

    @property
    def _author(self) -> str:
        return self.text.partition("/")[2].strip()


@dataclass(frozen=True)
class Judged:
    """A query and what a person wants from it; judged.toml says what each field means."""

    query: str
    why: str
    first: Sequence[str] = ()
    three: Sequence[str] = ()
    every: Sequence[str] = ()
    without: Sequence[str] = ()
    nothing: bool = False
    read_as: str = ""

    def named(self) -> list[Wanted]:
        """All that is asked for, each of which has to be in the library."""
        return [Wanted(text) for text in [*self.first, *self.three, *self.every, *self.without]]

    def told(self, answer: "Answer") -> str:
        """What is wrong with the answer, for the person who reads the failed test; nothing when it is right."""
        faults = "; ".join(self.faults(answer))
        found = " | ".join(f"{hit['title'][:40]} / {hit['author'][:20]}" for hit in answer.hits[:3])
        return faults and f"{self.query} ({self.why}): {faults}. Found: {found or 'nothing'}"

    def faults(self, answer: "Answer") -> list[str]:
        if self.nothing:
            return [f"{len(answer.hits)} were found"] if answer.hits else []
        return list(self._faults(answer)) if answer.hits else ["nothing was found"]

    def _faults(self, answer: "Answer") -> Iterable[str]:
        hits = answer.hits
        if self.first and not _is_one(hits[0], self.first):
            yield "another one stands first"
        yield from (f"“{text}” is not among the first three" for text in self.three if not _has(hits[:3], text))
        yield from (
            f"“{hit['title']}” is none of those wanted" for hit in hits if self.every and not _is_one(hit, self.every)
        )
        yield from (f"“{text}” is among the first {SHOWN}" for text in self.without if _has(hits, text))
        if self.read_as and fold(answer.read_as) != fold(self.read_as):
            yield f"it was read as “{answer.read_as}”"


def _is_one(hit: Hit, wanted: Sequence[str]) -> bool:
    return any(Wanted(text).is_met_by(hit) for text in wanted)


def _has(hits: Sequence[Hit], wanted: str) -> bool:
    return any(Wanted(wanted).is_met_by(hit) for hit in hits)


@dataclass(frozen=True)
class Answer:
    hits: Sequence[Hit]
    read_as: str = ""


def ask(query: str) -> Answer:
    """As anybody does who is not signed in."""
    answer = APIClient().get("/api/books/", {"search": query, "limit": str(SHOWN)})
    assert answer.status_code == 200, answer.content
    return Answer(answer.json(), answer.headers.get(READ_AS, ""))


def read(path: Path) -> list[Judged]:
    themes = tomllib.loads(path.read_text())
    return [Judged(**one) for name, theme in themes.items() if name != "books" for one in theme]
