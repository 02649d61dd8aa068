"""What people look for in the made libraries: words as common and as rare as they stand there, from a fixed seed.

Drawn from the smallest library, which is the beginning of every other, so that each question is asked of all sizes and
contenders alike, and almost always finds something.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import gettempdir
from typing import TypeAlias
from urllib.parse import quote_plus

from bench import words

Book: TypeAlias = Mapping[str, str]
SEED = 452
COUNT = 1_000
# They fill most titles; nobody looks for one of them alone, and what that takes is asked by itself.
COMMON = words.LEADING.split()[:10]
_WORD = re.compile(r"\w{3,}")
_LETTERS = "abcdefghilmnoprstuv"


def file_of(kind: str) -> Path:
    """A file with queries of this kind, as they stand in an address."""
    path = Path(gettempdir()) / f"bookplate-queries-{kind}"
    path.write_text("".join(f"{quote_plus(query)}\n" for query in made(kind)))
    return path


@cache
def made(kind: str) -> list[str]:
    chance = random.Random(f"{SEED} {kind}")
    return list(islice(KINDS[kind](chance), COUNT))


def _one(chance: random.Random) -> Iterator[str]:
    """A word of a title, or as often a surname."""
    for book in _books(chance):
        yield chance.choice(_title(book)) if chance.random() < 0.5 else _surname(book)


def _two(chance: random.Random) -> Iterator[str]:
    """A word of a title with its author's surname, or as often two words of it."""
    for book in _books(chance):
        title = _title(book)
        with_author = len(title) < 2 or chance.random() < 0.5
        yield f"{chance.choice(title)} {_surname(book)}" if with_author else " ".join(chance.sample(title, 2))


def _common(chance: random.Random) -> Iterator[str]:
    while True:
        yield chance.choice(COMMON)


def _prefix(chance: random.Random) -> Iterator[str]:
    return (word[:3] for word in _one(chance) if len(word) > 3)


def _misspelt(chance: random.Random) -> Iterator[str]:
    """One letter left out, doubled, changed, or in its neighbour's place."""
    for word in _one(chance):
        if len(word) > 4 and (wrong := _with_a_slip(word, chance)) not in known():
            yield wrong


def _with_a_slip(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    slips = [before + after, before + letter * 2 + after, before + chance.choice(_LETTERS) + after]
    return chance.choice([*slips, before + after[0] + letter + after[1:]])


def _books(chance: random.Random) -> Iterator[Book]:
    """Those that have an author and a title with words of its own, again and again."""
    books = [book for book in words.books(0, words.CHUNK) if book["author"] and _title(book)]
    while True:
        yield chance.choice(books)


def _title(book: Book) -> list[str]:
    return [word for word in _WORD.findall(book["title"].lower()) if word not in COMMON]


def _surname(book: Book) -> str:
    return book["author"].split(", ")[0].split()[-1].lower()


@cache
def known() -> frozenset[str]:
    return frozenset([*words.title_words().words, *(name.lower() for name in words.surnames().words)])


KINDS: Mapping[str, Callable[[random.Random], Iterator[str]]] = {
    "one": _one,
    "two": _two,
    "common": _common,
    "prefix": _prefix,
    "misspelt": _misspelt,
}
