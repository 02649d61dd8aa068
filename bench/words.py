"""Books as a library has them: words, names, years and numbers that are common or rare as in life, from a fixed seed.

A few words fill most titles and most occur once or twice (Zipf's law), which is what an index and a search
have to cope with. The words that everybody knows lead the ranks; the many rare ones are made of syllables.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from stdnum import ean

SEED = 1873
CHUNK = 10_000
"""Books are made in pieces of this size, each from its own seed: a smaller library is the beginning of a larger one."""

LEADING = """the of and a in to history for on an from with life new introduction world guide art book stories war love
modern between house great time how great american english night theory selected poems american european little story
man woman children river city light letters social women journey day death last sea island garden road winter summer
stone king queen secret lost memory language music science nature politics economy law religion philosophy painting
mathematics physics cooking travel mountains birds trees horses ships railways families friendship silence shadows
bridge window kitchen village forest desert north south east west young old first second red blue green black white"""
FIRSTNAMES = """Maria John Anna Peter Elena James Sofia David Julia Michael Laura Thomas Clara Robert Ingrid Paul Aïcha
William Chloé George Zoë Hans Nadia Carlos Mei Ahmed Yuki José Olga Søren Leïla Łukasz Fatima Amélie Jürgen Björn"""
PLACES = "Oxford London Paris Berlin Leipzig Kraków Lisboa Boston Chicago Toronto Sydney Mumbai Nairobi Kyōto Malmö"
HEADINGS = "Fiction Poetry History Biography Travel Science Art Music Religion Law Economics Cookery Gardens Children"
LANGUAGES = {"en": 60, "de": 12, "fr": 10, "es": 6, "it": 4, "pl": 2, "nl": 2, "sv": 1, "ja": 1, "": 2}
SYLLABLES = """ba be bi bo bra car cer cha da den der di dor el en er fa fen ga gan gre ha hel il in jo ka kel la len
li lo lu ma mar men mi mo na nel ni no or pa pen per po ra ren ri ro sa sel si so sta ta ten ti tor tri u va ven ver
vi vo wa wen wi yo za zel é ü ø ł ñ"""
RARE_WORDS, SURNAMES, PUBLISHERS = 50_000, 8_000, 400
OLDEST, NEWEST = 1880, 2025
# Books have had ISBNs since about then.
FIRST_ISBN = 1970


@dataclass(frozen=True)
class Vocabulary:
    """Words in the order of their ranks; the second is drawn half as often as the first, the third a third."""

    words: Sequence[str]
    weights: Sequence[float]

    def draw(self, chance: random.Random, count: int = 1) -> list[str]:
        return chance.choices(self.words, cum_weights=self.weights, k=count)


def books(start: int, end: int) -> Iterator[dict[str, Any]]:
    """The values of the books with the numbers from `start` to before `end`; `start` begins a chunk."""
    for first in range(start, end, CHUNK):
        chance = random.Random(SEED + first)
        for number in range(first, min(first + CHUNK, end)):
            yield _book(number, chance)


def _book(number: int, chance: random.Random) -> dict[str, Any]:
    year = None if chance.random() < 0.03 else NEWEST - int(chance.triangular(0, NEWEST - OLDEST, 8))
    has_isbn = year is not None and year >= FIRST_ISBN and chance.random() < 0.92
    return {
        "title": _title(chance),
        "author": _author(chance),
        "published_year": year,
        "isbn": _isbn(number) if has_isbn else None,
        "publisher": publishers().draw(chance)[0],
        "edition": chance.choices(["", "2nd", "3rd, revised", "Illustrated edition"], [85, 9, 4, 2])[0],
        "language": chance.choices(list(LANGUAGES), list(LANGUAGES.values()))[0],
        "subjects": "; ".join(dict.fromkeys(headings().draw(chance, chance.choice([1, 2, 2, 3])))),
    }


def _title(chance: random.Random) -> str:
    text = _sentence(chance, chance.choices(range(1, 9), [6, 18, 22, 20, 14, 10, 6, 4])[0])
    return f"{text}: {_sentence(chance, 5)}" if chance.random() < 0.25 else text


def _sentence(chance: random.Random, count: int) -> str:
    text = " ".join(title_words().draw(chance, count))
    return text[0].upper() + text[1:]


def _author(chance: random.Random) -> str:
    if chance.random() < 0.02:
        return ""
    count = chance.choices([1, 2, 3], [85, 12, 3])[0]
    names = zip(firstnames().draw(chance, count), surnames().draw(chance, count), strict=True)
    return ", ".join(f"{first} {last}" for first, last in names)


def _isbn(number: int) -> str:
    """A valid one that no other number has: the factor, having none in common with 10⁹, spreads them out."""
    digits = f"978{number * 387_420_489 % 10**9:09}"
    return digits + ean.calc_check_digit(digits)


@cache
def title_words() -> Vocabulary:
    return _by_rank([*dict.fromkeys(LEADING.split()), *_made(RARE_WORDS, "titles")])


@cache
def firstnames() -> Vocabulary:
    return _by_rank(FIRSTNAMES.split())


@cache
def surnames() -> Vocabulary:
    return _by_rank([name.capitalize() for name in _made(SURNAMES, "names")])


@cache
def publishers() -> Vocabulary:
    chance = random.Random(SEED)
    return _by_rank([f"{name.capitalize()} {chance.choice(PLACES.split())}" for name in _made(PUBLISHERS, "houses")])


@cache
def headings() -> Vocabulary:
    broad = HEADINGS.split()
    return _by_rank([*broad, *(f"{one} -- {other}" for one in broad for other in PLACES.split())])


def _by_rank(words: Sequence[str]) -> Vocabulary:
    return Vocabulary(words, list(accumulate(1 / rank for rank in range(1, len(words) + 1))))


def _made(count: int, kind: str) -> list[str]:
    chance, syllables = random.Random(f"{SEED} {kind}"), SYLLABLES.split()
    made: dict[str, None] = {}
    while len(made) < count:
        made["".join(chance.choices(syllables, k=chance.choices([2, 3, 4], [3, 5, 2])[0]))] = None
    return list(made)
