"""The pairs of books that are probably one edition, a page at a time.

An index holds together the books whose titles are near each other (`Book.twin_key`). A page goes along it, looks at the
books of each key that several have, and stops after so many keys: the next page goes on there. So a page costs the
same in a library of any size, and a pair is found as soon as its second book is there.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import combinations, groupby
from typing import Any, NamedTuple

from django.db.models import Count, F, QuerySet

from bookplate.catalog import paging
from bookplate.catalog.duplicates.likeness import PROBABLE, Likeness, differing, likeness
from bookplate.catalog.duplicates.models import Dismissal
from bookplate.catalog.listing import LARGEST_ID, with_availability
from bookplate.catalog.models import Book
from bookplate.people.folding import fold
from bookplate.people.roles import Viewer

COLUMN = "twin_key"
KEYS_AT_ONCE, ROUNDS = 100, 5
# Of so many books with one key every pair is looked at; of more, each with those beside it in the order of authors.
ALL_PAIRS, BESIDE = 40, 10


class Spot(NamedTuple):
    """Where in the catalogue a pair stands: its key and the ids of its books."""

    key: str = ""
    first: int = 0
    second: int = 0


@dataclass(frozen=True)
class Pair:
    first: Book
    second: Book
    likeness: Likeness

    @property
    def spot(self) -> Spot:
        return Spot(self.first.twin_key, self.first.pk, self.second.pk)

    @property
    def differing(self) -> list[str]:
        return differing(self.first, self.second)


@dataclass
class Found:
    pairs: list[Pair] = field(default_factory=list)
    next: str = ""
    """The cursor of the page after this one, which may be empty; none at the end."""


def page(viewer: Viewer, after: str = "", limit: int = 20, *, probable: bool = True) -> Found:
    """Pairs that are probably the same, or those that may be other editions; raises `Invalid` for a wrong cursor."""
    wanted, spot, found = PROBABLE if probable else (Likeness.MAYBE,), _read(after), Found()
    for _ in range(ROUNDS):
        keys = list(keys_of(spot, probable=probable))
        pairs = [pair for pair in _pairs(keys, wanted) if pair.spot > spot]
        found.pairs += pairs[: limit - len(found.pairs)]
        if pairs and found.pairs[-1:] != pairs[-1:]:
            return _ready(found, found.pairs[-1].spot, viewer)
        if len(keys) < KEYS_AT_ONCE:
            return _ready(found, None, viewer)
        spot = Spot(keys[-1], LARGEST_ID, LARGEST_ID)
        if len(found.pairs) == limit:
            break
    return _ready(found, spot, viewer)


def pair(one: Book, other: Book) -> Pair:
    """These two, however alike they are."""
    first, second = sorted((one, other), key=lambda book: book.pk)
    return Pair(first, second, likeness(first, second) or Likeness.MAYBE)


def keys_of(spot: Spot, *, probable: bool) -> "QuerySet[Book, str]":
    """The next keys that several books have; two with an ISBN each are no probable pair."""
    counted: Any = Book.objects.filter(twin_key__gte=spot.key, twin_key__gt="").order_by().values(COLUMN)
    several = counted.annotate(books=Count("*"), isbns=Count("isbn")).filter(books__gt=1)
    if spot.first == LARGEST_ID:
        several = several.filter(twin_key__gt=spot.key)
    if probable:
        several = several.filter(isbns__lt=F("books"))
    keys: QuerySet[Book, str] = several.order_by(COLUMN).values_list(COLUMN, flat=True)[:KEYS_AT_ONCE]
    return keys


def _pairs(keys: list[str], wanted: Collection[Likeness]) -> Iterator[Pair]:
    books = Book.objects.filter(twin_key__in=keys).defer("words", "subjects").order_by(COLUMN, "id")
    dismissed = set(Dismissal.objects.filter(first__twin_key__in=keys).values_list("first", "second"))
    for _, group in groupby(books, key=lambda book: book.twin_key):
        for one, other in sorted(_beside(list(group)), key=lambda two: (two[0].pk, two[1].pk)):
            found = None if (one.pk, other.pk) in dismissed else likeness(one, other, wanted)
            if found and found in wanted:
                yield Pair(one, other, found)


def _beside(books: list[Book]) -> Iterator[tuple[Book, Book]]:
    """Each two that are compared, the smaller id first."""
    if len(books) <= ALL_PAIRS:
        yield from combinations(books, 2)
        return
    books.sort(key=lambda book: (sorted(fold(book.author).replace(",", " ").split()), fold(book.title), book.year_key))
    for place, one in enumerate(books):
        for other in books[place + 1 : place + 1 + BESIDE]:
            yield (one, other) if one.pk < other.pk else (other, one)


def _ready(found: Found, spot: Spot | None, viewer: Viewer) -> Found:
    """With the copies that the viewer can see, and where the next page begins."""
    numbers = {number for pair in found.pairs for number in pair.spot[1:]}
    books = {book.pk: book for book in with_copies(Book.objects.filter(pk__in=numbers), viewer)}
    there = [pair for pair in found.pairs if {*pair.spot[1:]} <= books.keys()]
    found.pairs = [Pair(books[pair.first.pk], books[pair.second.pk], pair.likeness) for pair in there]
    found.next = paging.cursor(COLUMN, spot[:2], spot.second) if spot else ""
    return found


def with_copies(books: "QuerySet[Book]", viewer: Viewer) -> "QuerySet[Book]":
    """Each with `copies_total`."""
    return with_availability(books, viewer).defer("words")


def _read(after: str) -> Spot:
    if not after:
        return Spot()
    key, second = paging.opened(after, COLUMN)
    match key:
        case [str(text), int(first)] if "\0" not in text and text.isprintable() and 0 < first <= LARGEST_ID:
            return Spot(text, first, second)
    raise paging.not_of_this_list()
