"""Where a book is that became part of another, by its number or by what it was called."""

from collections.abc import Collection, Iterator

from django.db.models import Q

from bookplate.catalog.duplicates.models import Merge
from bookplate.catalog.listing import LARGEST_ID
from bookplate.catalog.models import Book
from bookplate.people.folding import fold

# A merge of merges of …: more in a row is nobody's work.
LONGEST_CHAIN = 20
_DESCRIBING = ("title", "author", "published_year", "isbn", "language", "edition", "publisher")


def where(number: int) -> int | None:
    """The id of the book that number `number` is a part of now; None when it never was merged, or all are gone."""
    if number > LARGEST_ID:
        return None
    now = _ends([number])[number]
    return now if now != number and Book.objects.filter(pk=now).exists() else None


def found_by(names: Collection[str]) -> Iterator[tuple[Book, int]]:
    """Books as they were when a list still found them by one of `names`, and the id of what each is a part of now."""
    in_force = Merge.objects.in_force()
    if not names or not in_force.exists():
        return
    merges = list(in_force.filter(Q(merged_name__in=names) | Q(kept_name__in=names)).order_by("-pk"))
    ends = _ends({merge.kept for merge in merges})
    for merge in merges:
        for which, name in (("merged", merge.merged_name), ("kept", merge.kept_name)):
            if name in names:
                yield Book(**{name: merge.values[which][name] for name in _DESCRIBING}), ends[merge.kept]


def by_isbn(number: str) -> Book | None:
    """The book of which the one with this ISBN is a part now, unless another has that ISBN by itself."""
    now = [end for before, end in found_by({f"isbn {number}"}) if before.isbn == number]
    return Book.objects.filter(pk__in=now).first()


def titled(titles: Collection[str]) -> Iterator[tuple[Book, int]]:
    """Books as they were under one of these titles (folded), which is not told any more, and where each is now."""
    if not titles:
        return iter(())
    told = [f"values__{which}__{name}" for which in ("kept", "merged") for name in ("title", "author")]
    found = [
        (Book(title=title, author=author), kept)
        for kept, *names in Merge.objects.in_force().order_by("-pk").values_list("kept", *told)
        for title, author in (names[:2], names[2:])
        if fold(title) in titles
    ]
    ends = _ends({kept for _, kept in found})
    return ((before, ends[kept]) for before, kept in found)


def _ends(numbers: Collection[int]) -> dict[int, int]:
    """Where each is at the end of its chain of merges."""
    ends = {number: number for number in numbers}
    for _ in range(LONGEST_CHAIN):
        on = dict(Merge.objects.in_force().filter(merged__in=set(ends.values())).values_list("merged", "kept"))
        if not on:
            break
        ends = {number: on.get(now, now) for number, now in ends.items()}
    return ends
