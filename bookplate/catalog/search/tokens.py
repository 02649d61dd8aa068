"""The words that a text is found by, made alike from what is indexed and from what is typed.

Both databases index these very words, so that both find the same. Blanks and signs part words; then:

- What is written together or apart (`Jean-Paul`, `O’Brien`, `J. R. R.`, `20,000`) gives its parts and all of them as
  one: `jeanpaul`, `obrien`, `jrr`, `20000`.
- Scripts without blanks between words give their characters in pairs, and the last one by itself. A blank that stands
  there after all, as within a name, keeps no pair apart.
- Arabic has no vowel signs and one form of alef, yeh, kaf and teh, with or without hamza; Hebrew no points; every digit
  is 0 to 9. The signs with which libraries write Arabic and Russian in Latin letters are left out.
- `C++` and `C#` are words, and not the letter alone.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from bookplate.core.remembering import remembered
from bookplate.people.folding import fold

LONGEST = 60
"""That many characters of a word count."""
JOIN = "\x1f"
# Signs within a word, which some write and others leave out. (U+200C stands between the parts of Persian words.)
_JOINERS = "-'.&\u00b7\u02bc\u05be\u05f3\u05f4\u200c\u2010\u2011\u2018\u2019\u2032\u30fb"
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+)"
)
_INITIALS = re.compile(r"(?<!\S)\S +\S(?!\S)")
_LEFT_OUT = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u02b9-\u02bb\u02bd-\u02bf\ufe20-\ufe2f]"
)
_LETTERS = dict(zip("ٱأإآىئؤةکی", "ااااييوهكي", strict=True))
_LANGUAGES = re.compile(r"(?<!\w)([a-z])(\+\+|#)(?!\w)")
_SPOKEN = {"++": "plusplus", "#": "sharp"}


class _Signs(dict[int, str | None]):
    """For `str.translate`: each character as it stands in a word; looked up once."""

    def __missing__(self, code: int) -> str | None:
        self[code] = kept = self._kept(chr(code))
        return kept

    def _kept(self, sign: str) -> str | None:
        if sign in _JOINERS:
            return JOIN
        category = unicodedata.category(sign)
        if category == "Cf" or _LEFT_OUT.match(sign):
            return None
        if category == "Nd":
            return str(unicodedata.decimal(sign))
        return _LETTERS.get(sign, sign) if sign.isalnum() or category.startswith("M") else " "


_SIGNS = _Signs({ord(JOIN): JOIN})
# The same for most texts, in a quarter of the time.
_IN_ASCII = "".join(str(_SIGNS[code]) for code in range(128)).encode().ljust(256)


@dataclass(frozen=True, slots=True)
class Piece:
    """What was written together, or initials one after the other."""

    words: tuple[str, ...]
    joined: tuple[str, ...] = ()
    """The same without the signs in between, if there were any."""
    last: tuple[str, ...] = ()
    """Last characters of a script without blanks: for the index alone, where one character is looked for."""


def pieces(text: str) -> list[Piece]:
    return _pieces(_signs(text))


def _pieces(signs: str) -> list[Piece]:
    found = [part for chunk in signs.split(" ") if (part := _part(chunk))]
    return _with_initials(found) if str in map(type, found) else found  # type: ignore[return-value]


# A few words make up most texts.
@remembered(2**14)
def _part(chunk: str) -> Piece | str | None:
    """A letter that stands alone is given as such: it may be an initial among others."""
    if not (chunk := chunk.strip(JOIN)):
        return None
    if len(chunk) == 1 and chunk.isalpha() and not is_unspaced(chunk):
        return chunk
    return Piece((chunk[:LONGEST],)) if chunk.isascii() and JOIN not in chunk else _piece(chunk)


def _with_initials(parts: Iterable[Piece | str]) -> list[Piece]:
    found: list[Piece] = []
    initials: list[str] = []
    for part in [*parts, Piece(())]:
        if isinstance(part, str):
            initials.append(part)
            continue
        found += [_as_one(initials), part] if initials else [part]
        initials = []
    return found[:-1]


def _signs(text: str) -> str:
    """The same with blanks between what is written together, and `JOIN` for each sign within."""
    plain = text.lower() if text.isascii() else fold(text)
    if "+" in plain or "#" in plain:
        plain = _LANGUAGES.sub(lambda found: found[1] + _SPOKEN[found[2]], plain)
    if "," in plain:
        plain = _THOUSANDS.sub(JOIN, plain)
    return plain.encode().translate(_IN_ASCII).decode() if plain.isascii() else plain.translate(_SIGNS)


def _as_one(initials: list[str]) -> Piece:
    return Piece(tuple(initials), ("".join(initials)[:LONGEST],) if len(initials) > 1 else ())


def _piece(chunk: str) -> Piece:
    parts = [part for part in chunk.split(JOIN) if part]
    words = tuple(word for part in parts for word in _words(part))
    joined = tuple(_words("".join(parts))) if len(parts) > 1 else ()
    return Piece(words, joined, tuple(run[-1] for part in parts for run in _UNSPACED.findall(part)))


def _words(part: str) -> Iterator[str]:
    if part.isascii():
        yield part[:LONGEST]
        return
    for place, run in enumerate(_UNSPACED.split(part)):
        if not run:
            continue
        if place % 2 and len(run) > 1:
            yield from (one + other for one, other in pairwise(run))
        else:
            yield run[:LONGEST]


def indexed(text: str) -> tuple[list[str], list[str]]:
    """The words in their order, and what else the text is to be found by."""
    signs = _signs(text)
    words = signs.split()
    return (words, []) if _is_simple(signs, words) else _indexed(signs)  # most are simple, and quicker so


def _indexed(signs: str) -> tuple[list[str], list[str]]:
    found = _pieces(signs)
    words = [word for piece in found for word in piece.words]
    more = [piece for piece in found if piece.joined or piece.last]
    besides = [word for piece in more for word in piece.joined + piece.last]
    return words, besides + list(_across_blanks(found)) if more else besides


def _is_simple(signs: str, words: list[str]) -> bool:
    """Whether the pieces are the words and nothing else: no sign is within one, no initials stand side by side."""
    if JOIN in signs or not (signs.isascii() or _UNSPACED.search(signs) is None):
        return False
    lengths = [*map(len, words)]
    return max(lengths, default=0) <= LONGEST and (lengths.count(1) < 2 or _INITIALS.search(signs) is None)


def _across_blanks(found: list[Piece]) -> Iterator[str]:
    """The pairs of `村上 春樹` that are only there without its blank."""
    for piece, following in pairwise(found):
        before, after = piece.words[-1:], following.words[:1]
        if before and after and is_unspaced(before[0][-1]) and is_unspaced(after[0]):
            yield before[0][-1] + after[0][0]


def is_unspaced(word: str) -> bool:
    return _UNSPACED.match(word) is not None
