"""What a query asks of the index, best first: as a tree of words that each database writes in its own language.

The tiers are the order of the answers, the same on both databases; within one the older record comes first:

0. the title is what was typed, up to a subtitle;
1. all words stand in the title, 2. in title and author, 3. anywhere;
4. to 6. the same, with the last word only begun.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from bookplate.catalog.search import tokens
from bookplate.catalog.search.query import ANYWHERE, Query, Term
from bookplate.catalog.search.words import Mark

EVERY = 2**31 - 1
"""More books than any library has."""
THE_TITLE, IN_THE_TITLE, LAST = 0, 1, 6
PLACES = (ANYWHERE[:1], ANYWHERE[:2], ANYWHERE)


@dataclass(frozen=True)
class Indexed:
    """A marked word of the index, or all that begin so."""

    word: str
    begun: bool = False


@dataclass(frozen=True)
class All:
    of: "tuple[Node, ...]"


@dataclass(frozen=True)
class Some:
    of: "tuple[Node, ...]"


@dataclass(frozen=True)
class Without:
    node: "Node"
    other: "Node"


Node: TypeAlias = Indexed | All | Some | Without


@dataclass(frozen=True)
class Tier:
    number: int
    node: Node | None
    """None where there is nothing to ask the index."""


def of(query: Query) -> list[Tier]:
    found = [Tier(THE_TITLE, _besides(query))] if query.is_plain else []
    return [*found, *_by_words(query)] or [Tier(LAST, None)]


def _besides(query: Query) -> Node | None:
    return _one(All, (_term(term, ANYWHERE, False) for term in query.besides)) if query.besides else None


def _by_words(query: Query) -> Iterator[Tier]:
    """Each without what the ones before it have found: what is in a place is in those around it, too."""
    number = IN_THE_TITLE
    whole: tuple[Node, ...] = ()
    for begun in _ways(query):
        found: tuple[Node, ...] = ()
        for place in PLACES:
            node = _node(query, place, begun)
            if (node,) != found:  # else where the words have to stand was said with them
                before = whole + found
                yield Tier(number, Without(node, _one(Some, before)) if before else node)
                found = (node,)
            number += 1
        whole = found


def _ways(query: Query) -> tuple[bool, ...]:
    if not query.wanted:
        return ()
    return (False, True) if query.begun else (False,)


def widest(query: Query) -> Node | None:
    """All that any tier finds, but for titles without a single word."""
    return _node(query, ANYWHERE, query.begun is not None) if query.wanted else _besides(query)


def fits(node: Node, words: Collection[str]) -> bool:
    """What the index would say of a book with these words."""
    match node:
        case Indexed(word, begun):
            return word in words or (begun and any(each.startswith(word) for each in words))
        case All(nodes):
            return all(fits(each, words) for each in nodes)
        case Some(nodes):
            return any(fits(each, words) for each in nodes)
        case Without(one, other):
            return fits(one, words) and not fits(other, words)


def _node(query: Query, place: tuple[Mark, ...], begun: bool) -> Node:
    last = query.begun if begun else None
    return _one(All, (_term(term, place, term is last) for term in query.wanted + query.besides))


def _term(term: Term, place: tuple[Mark, ...], begun: bool) -> Node:
    marks = place if term.marks == ANYWHERE else term.marks
    begun = begun or term.is_begun
    return _one(All, (_either(piece, marks, begun and piece is term.pieces[-1]) for piece in term.pieces))


def _either(piece: tokens.Piece, marks: tuple[Mark, ...], begun: bool) -> Node:
    ways = [way for way in (piece.words, piece.joined) if way]
    return _one(Some, (_words(way, marks, begun) for way in ways))


def _words(words: tuple[str, ...], marks: tuple[Mark, ...], begun: bool) -> Node:
    last = len(words) - 1
    return _one(All, (_word(word, marks, begun and place == last) for place, word in enumerate(words)))


def _word(word: str, marks: tuple[Mark, ...], begun: bool) -> Node:
    # A script without blanks is indexed in pairs: one character is the beginning of a pair, or the last.
    begun = begun or (tokens.is_unspaced(word) and len(word) == 1)
    return _one(Some, (Indexed(mark + word, begun) for mark in marks))


def _one(kind: type[All] | type[Some], nodes: Iterable[Node]) -> Node:
    several = tuple(dict.fromkeys(nodes))
    return several[0] if len(several) == 1 else kind(several)
