"""What is here already of what a batch's records may be: in the library, or in what a dry run would have written."""

from collections.abc import Collection, Iterable, Sequence
from typing import TypeAlias

from bookplate.catalog.duplicates.merged import found_by
from bookplate.catalog.importing import matching
from bookplate.catalog.importing.matching import FILLED, Matches
from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.records import Draft
from bookplate.catalog.importing.rehearsal import Rehearsal
from bookplate.catalog.models import Book, Copy

ByNumber: TypeAlias = dict[int | None, Book]

_NAMES = ("title", "isbn", *FILLED)


class Here:
    """The books and copies, in as many queries however many the drafts are; what the batch makes is added to them."""

    def __init__(self, drafts: Sequence[Draft], job: Import, rehearsal: Rehearsal | None) -> None:
        names = {matching.name_of(draft) for draft in drafts}
        merged = list(found_by(names))
        books = _books(drafts, {now for _, now in merged})
        if rehearsal:
            names |= {matching.name_of(book) for book in books.values()}
            books |= {pk: Book(pk=pk, **fields) for pk, fields in rehearsal.find(names)}
        self._matches = Matches(books.values())
        for before, now in merged:
            if now in books:
                self._matches.add(books[now], before)
        self.copies = _copies(drafts, rehearsal) if job.copies else {}
        """By their barcodes, those that the drafts name."""
        shelved = _shelved(books, job, rehearsal) if job.is_for_somebody else set()
        # New ones have no number yet.
        self._shelved = {id(book) for pk, book in books.items() if pk in shelved}

    def find(self, draft: Draft) -> Book | None:
        return self._matches.find(draft)

    def is_shelved(self, book: Book) -> bool:
        """Whether a copy of it stands on the shelf that the list is for."""
        return id(book) in self._shelved

    def add(self, book: Book) -> None:
        self._matches.add(book)

    def add_copy(self, copy: Copy) -> None:
        self.copies[copy.barcode] = copy
        self._shelved.add(id(copy.book))


def rehearse(rehearsal: Rehearsal, books: Iterable[Book], copies: Iterable[Copy]) -> None:
    """Keep books and copies where a later `Here` finds them; new books get numbers."""
    for book in books:
        fields = {name: getattr(book, name) for name in _NAMES}
        book.pk = rehearsal.keep(book.pk, [matching.name_of(book)], fields)
    for copy in copies:
        fields = {"barcode": copy.barcode, "book": copy.book.pk, "title": copy.book.title}
        rehearsal.keep(None, [_key(copy.barcode), _key_of_shelf(copy.book.pk)], fields)


def _books(drafts: Sequence[Draft], merged_into: Collection[int]) -> ByNumber:
    books: ByNumber = {book.pk: book for book in matching.candidates(drafts)}
    return books | Book.objects.in_bulk(merged_into - books.keys())


def _copies(drafts: Sequence[Draft], rehearsal: Rehearsal | None) -> dict[str, Copy]:
    barcodes = {copy.barcode for draft in drafts for copy in draft.copies if copy.barcode}
    if not barcodes:
        return {}
    copies = {copy.barcode: copy for copy in Copy.objects.filter(barcode__in=barcodes).select_related("book")}
    rehearsed = rehearsal.find(map(_key, barcodes)) if rehearsal else ()
    return copies | {row["barcode"]: _rehearsed(**row) for _, row in rehearsed}


def _shelved(books: Collection[int | None], job: Import, rehearsal: Rehearsal | None) -> set[int]:
    """Which of these books have a copy on the shelf that the list is for."""
    there = Copy.objects.filter(book__in=list(books), owner=job.owner_id, owner_group=job.owner_group_id)
    found = set(there.values_list("book", flat=True))
    return found | {row["book"] for _, row in rehearsal.find(map(_key_of_shelf, books))} if rehearsal else found


def _key(barcode: str) -> str:
    return f"barcode {barcode}"


def _key_of_shelf(book: int | None) -> str:
    return f"copy of {book}"


def _rehearsed(barcode: str, book: int, title: str) -> Copy:
    return Copy(barcode=barcode, book=Book(pk=book, title=title))
