"""How titles and authors' names are spelt for one and the same edition: what of that does not matter.

Subtitles, series in brackets, a leading article, an edit or two in a long title; the order of an author's names,
initials, further authors. Numbers always matter: volume 1 is not volume 2.
"""

import re

from bookplate.catalog.search.distance import distance
from bookplate.core.remembering import remembered
from bookplate.people.folding import fold

_WORD = re.compile(r"\w+")
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_SUBTITLE = re.compile(r"\s*[:;]\s*|\s+[/=–—-]\s+")
_VOWELS = str.maketrans("", "", "aeiouy")
_REPEATED = re.compile(r"([^\W\d])\1+")
_DIGITS = re.compile(r"\d")
_NUMBER = re.compile(r".*\d.*|(?=..)x{0,2}(?:ix|iv|v?i{0,3})")
_ARTICLE = re.compile(
    "the|an?|der|die|das|eine?|l[aeo]|les|une?|el|l[ao]s|una|il|gli|os?|as|uma?|de|het|een",
)
LONGEST_KEY, SHORTEST_BONES = 60, 3
# One edit is forgiven for so many letters, and never more than a few.
LETTERS_FOR_AN_EDIT, MOST_EDITS = 5, 3
LONGEST_COMPARED = 120


def key(title: str) -> str:
    """What titles that are near each other have in common: the consonants of the main title, or all of a short one.

    It is kept with each book: whoever changes it writes a migration that makes all of them anew.
    """
    words = _plain(_parts(fold(title))[0])
    bones = "".join(map(_bones, words))
    return (bones if len(bones) >= SHORTEST_BONES else "".join(words))[:LONGEST_KEY]


# A few words make up most titles.
@remembered(2**14)
def _bones(word: str) -> str:
    return _REPEATED.sub(r"\1", word[0] + word[1:].translate(_VOWELS))


def _parts(folded: str) -> tuple[str, str]:
    """The main title and the rest, both without brackets; all of it where nothing else would be left."""
    bare = _BRACKETS.sub("", folded) if "(" in folded or "[" in folded else folded
    bare = bare if bare is folded or _WORD.search(bare) else folded
    main, *rest = _SUBTITLE.split(bare, maxsplit=1)
    return (main, "".join(rest)) if not rest or _WORD.search(main) else (bare, "")


def _plain(text: str) -> list[str]:
    words = _WORD.findall(text)
    return words[1:] if len(words) > 1 and _ARTICLE.fullmatch(words[0]) else words


def near(one: str, other: str) -> bool:
    """Whether two titles may be one, a subtitle or the series being left out in one of them."""
    one, other = fold(one), fold(other)
    if one == other:
        return True
    if _numbers_differ(*("".join(_BRACKETS.findall(title)) for title in (one, other))):
        return False
    (main, rest), (other_main, other_rest) = _parts(one), _parts(other)
    return _alike(_plain(main), _plain(other_main)) and _rests_fit(_plain(rest), _plain(other_rest))


def _numbers_differ(one: str, other: str) -> bool:
    """Of two brackets; one alone tells nothing."""
    return bool(one and other) and _numbers(_WORD.findall(one)) != _numbers(_WORD.findall(other))


def _rests_fit(one: list[str], other: list[str]) -> bool:
    if one and other:
        return _alike(one, other)
    return not _numbers(one or other)


def _alike(one: list[str], other: list[str]) -> bool:
    return _numbers(one) == _numbers(other) and few_edits(" ".join(one), " ".join(other))


def _numbers(words: list[str]) -> list[str]:
    return [word for word in words if _NUMBER.fullmatch(word)]


def few_edits(one: str, other: str) -> bool:
    if one == other:
        return True
    one, other = one[:LONGEST_COMPARED], other[:LONGEST_COMPARED]
    most = min(len(one), len(other)) // LETTERS_FOR_AN_EDIT
    return abs(len(one) - len(other)) <= most and distance(one, other) <= min(most, MOST_EDITS)


def names_fit(one: str, other: str) -> bool:
    """Whether two statements of authors may be of one edition: all names of the shorter are in the longer."""
    shorter, longer = sorted((_names(one), _names(other)), key=len)
    return all(any(_same_name(name, known) for known in longer) for name in shorter)


def _names(author: str) -> set[str]:
    """Without the years that catalogues add."""
    return {word for word in _WORD.findall(fold(author)) if not _DIGITS.search(word)}


def _same_name(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    return few_edits(one, other)
