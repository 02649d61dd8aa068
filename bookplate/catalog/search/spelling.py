"""What was meant by a search that nothing fits: words of the index that are an edit or two away.

An edit is a letter too many, too few or wrong, or two neighbours in each other's place (Damerau-Levenshtein).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from django.db.models import Q

from bookplate.catalog.filters import Filters
from bookplate.catalog.search import index, query, tiers, tokens, words
from bookplate.catalog.search.distance import distance
from bookplate.catalog.search.models import Word
from bookplate.catalog.search.query import Query, Term
from bookplate.catalog.search.tokens import Piece

LONG = 6
"""From so many letters on, two edits are forgiven."""
MOST_TRIED = 60
ENOUGH = 1_000
"""Books; more of them make a word no likelier."""
MOST_SLIPS = 6
"""Words; somebody who misspells more of them is not helped by guesses."""
WAYS = 4
"""Of reading the words before another one that is misspelt, too."""
_TWICE = re.compile(r"(.)\1+")


def meant(filters: Filters) -> Filters | None:
    """The same with words that the index has, if `filters.search` fits nothing as it is spelt and this does."""
    if filters.exact or not (text := corrected(query.read(filters.search))):
        return None
    return replace(filters, search=text)


def corrected(typed: Query) -> str:
    """What to look for instead; empty when `typed` fits something, or nothing like it does."""
    places = list(_places(typed))
    if not places or any(_books([typed])):
        return ""
    known = _books([_alone(typed, place) for place in places])
    unknown = [place for place, books in zip(places, known, strict=True) if not books]
    found = _replaced(typed, unknown, unknown) if unknown else _joined(typed) or _one_replaced(typed, places)
    # Also what is a word, but perhaps not the one that was meant, as both of `hary poter`.
    found = found or (_replaced(typed, places, unknown) if unknown != places else None)
    return found.text if found else ""


@dataclass(frozen=True)
class _Place:
    """One word of a query: which term, piece and word."""

    term: int
    piece: int
    word: int
    text: str


@dataclass(frozen=True, order=True)
class _Choice:
    """The smallest is the best."""

    edits: int = 0
    strange: int = 0
    """Words that differ in more than a letter written once or twice, the commonest slip of all."""
    lacking: int = 0
    """How many books fewer than `ENOUGH` fit."""
    word: str = ""
    result: Query = field(default_factory=lambda: Query(""), compare=False)


def _places(typed: Query) -> Iterator[_Place]:
    """The words that may be misspelt."""
    for number, term in enumerate(typed.wanted):
        for place, piece in enumerate(term.pieces):
            for where, word in enumerate(piece.words):
                if words.is_spelt(words.Mark.TITLE + word) and not tokens.is_unspaced(word):
                    yield _Place(number, place, where, word)


def _alone(typed: Query, place: _Place) -> Query:
    """That one word, which may be only begun where it is the last."""
    term = typed.wanted[place.term]
    word = replace(term, pieces=(Piece((place.text,)),), is_phrase=False, is_begun=term is typed.begun)
    return Query(place.text, (word,))


def _replaced(typed: Query, places: list[_Place], unknown: list[_Place]) -> Query | None:
    """Each word by what goes best with those already found; one that is known may stay."""
    ways = [_Choice(result=typed)] if len(places) <= MOST_SLIPS else []
    for number, place in enumerate(places):
        behind = places[number + 1 :]
        as_it_is = [] if place in unknown else _that_stay(ways, behind)
        # The best for one word may be what no book has beside the next.
        ways = sorted([*as_it_is, *_choices(ways, place, behind)])[:WAYS]
    return ways[0].result if ways else None


def _that_stay(ways: list[_Choice], leave_out: list[_Place]) -> list[_Choice]:
    """Those that some book still fits with the next word as it is."""
    counts = _books([_without(way.result, leave_out) for way in ways])
    return [replace(way, lacking=ENOUGH - books) for way, books in zip(ways, counts, strict=True) if books]


def _joined(typed: Query) -> Query | None:
    """All words are known, but no book has them all: two may be one, as `mocking bird` is."""
    neighbours = [pair for pair in pairwise(typed.wanted) if not any(term.is_phrase for term in pair)]
    ways = [query.read(typed.text[: one.end] + typed.text[other.start :]) for one, other in neighbours]
    return next((way for way, books in zip(ways, _books(ways), strict=True) if books), None)


def _one_replaced(typed: Query, places: list[_Place]) -> Query | None:
    """All words are known, but no book has them all: one of them may have been meant to be another."""
    choices = [choice for place in places for choice in _choices([_Choice(result=typed)], place)]
    return min(choices).result if choices else None


def _choices(ways: list[_Choice], place: _Place, leave_out: Iterable[_Place] = ()) -> list[_Choice]:
    """The words nearest to that at `place` with which some book fits, besides what was chosen before."""
    for edits in range(1, allowed(place.text) + 1):
        near = [word for word in _near(place.text, edits) if distance(place.text, word) == edits]
        likeliest = _likeliest(near, place.text)
        if found := [choice for way in ways for choice in _that_fit(way, place, likeliest, edits, leave_out)]:
            return found
    return []


def _likeliest(words: Iterable[str], typed: str) -> list[str]:
    """A slip in the first letter is rare, and most leave a word about as long as it was."""
    return sorted(
        words, key=lambda word: (_is_strange(word, typed), word[0] != typed[0], abs(len(word) - len(typed)), word)
    )[:MOST_TRIED]


def _that_fit(
    before: _Choice, place: _Place, near: list[str], edits: int, leave_out: Iterable[_Place]
) -> Iterator[_Choice]:
    results = [_with(before.result, place, word) for word in near]
    counts = _books([_without(result, leave_out) for result in results])
    for word, books, result in zip(near, counts, results, strict=True):
        strange = before.strange + _is_strange(word, place.text)
        if books:
            yield _Choice(before.edits + edits, strange, ENOUGH - books, word, result)


def _is_strange(word: str, typed: str) -> bool:
    return _once(word) != _once(typed)


@lru_cache(maxsize=2**10)
def _once(word: str) -> str:
    """Without what is written twice."""
    return _TWICE.sub(r"\1", word)


def _without(typed: Query, places: Iterable[_Place]) -> Query:
    left_out = {place.term for place in places}
    return replace(typed, wanted=tuple(term for number, term in enumerate(typed.wanted) if number not in left_out))


def _with(typed: Query, place: _Place, word: str) -> Query:
    """`typed` with another word in that place, in its text as well."""
    term = typed.wanted[place.term]
    pieces = list(term.pieces)
    inside = list(pieces[place.piece].words)
    inside[place.word] = word
    pieces[place.piece] = Piece(tuple(inside))
    return _put(typed, place.term, replace(term, pieces=tuple(pieces)))


def _put(typed: Query, number: int, term: Term) -> Query:
    quotation_mark = typed.text[term.end - 1] if term.is_phrase else ""
    shown = " ".join(term.words) + quotation_mark
    longer = len(shown) - (term.end - term.start)
    text = typed.text[: term.start] + shown + typed.text[term.end :]
    behind = [replace(each, start=each.start + longer, end=each.end + longer) for each in typed.wanted[number + 1 :]]
    changed = replace(term, end=term.end + longer)
    return replace(typed, text=text, wanted=(*typed.wanted[:number], changed, *behind))


def _books(wanted: list[Query]) -> list[int]:
    """How many fit each, as far as it matters."""
    nodes = [tiers.widest(each) for each in wanted]
    asked = [node for node in nodes if node]
    counts = iter(index.counts(asked, ENOUGH) if asked else ())
    return [next(counts) if node else ENOUGH for node in nodes]


def allowed(word: str) -> int:
    return 2 if len(word) >= LONG else 1


def _near(word: str, edits: int) -> set[str]:
    """All words that may be so many edits away, and others."""
    condition = Q()
    for length in range(max(len(word) - edits, 1), len(word) + edits + 1):
        for piece, texts in _pieces(word, length, edits).items():
            condition |= Q(length=length, **{f"{piece}__in": sorted(texts)})
    return set(Word.objects.filter(condition).values_list("text", flat=True))


def _pieces(word: str, length: int, edits: int) -> dict[str, set[str]]:
    """What the head, middle or tail of a word of `length` letters is, one of them at least, if it is so near `word`.

    One edit leaves the head or the tail as it is. Of two edits, one has to be in each of them for both to change, and
    then the middle is whole, moved by one letter at most; or it was two neighbours on a border that changed places.
    """
    first = length // 3
    second = first + (length - first) // 2
    end = len(word) - (length - second)
    heads, tails = {word[:first]}, {word[max(end, 0) :]}
    if edits == 1:
        return {"head": heads, "tail": tails}
    heads.add(word[: first - 1] + word[first : first + 1])
    tails.add(word[max(end - 1, 0) : max(end, 0)] + word[max(end + 1, 0) :])
    moved = [by for by in (-1, 0, 1) if abs(len(word) - length - by) <= 1]
    middles = {word[max(first + by, 0) : second + by] for by in moved}
    return {"head": heads, "middle": middles, "tail": tails}
