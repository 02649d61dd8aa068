"""Books, and the copies that come with new ones."""

from collections.abc import Iterable, Iterator, Sequence

from bookplate.catalog.importing import matching
from bookplate.catalog.importing.batches import Fate
from bookplate.catalog.importing.checks import check
from bookplate.catalog.importing.matching import FILLED, Shelf
from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.records import Draft, Held, Unfit
from bookplate.catalog.importing.rehearsal import Rehearsal
from bookplate.catalog.kept_marc import KeptMarc
from bookplate.catalog.models import Book, Copy
from bookplate.core.events import Note
from bookplate.core.models import Audience

EVERYONE = (Audience.PUBLIC, None)
_NAMES = ("title", "isbn", *FILLED)


class Books:
    def __init__(self, drafts: Sequence[Draft], job: Import, rehearsal: Rehearsal | None) -> None:
        books = {book.pk: book for book in matching.candidates(drafts)}
        told = (copy.barcode for draft in drafts for copy in draft.copies if copy.barcode)
        barcodes = set(told) if job.copies else set[str]()
        copies = Copy.objects.filter(barcode__in=barcodes).select_related("book") if barcodes else []
        self.copies = {copy.barcode: copy for copy in copies}
        if rehearsal:
            keys = [key for draft in drafts for key in matching.lookups(draft)]
            books |= {pk: Book(pk=pk, **fields) for pk, fields in rehearsal.find(keys)}
            self.copies |= {row["barcode"]: _rehearsed(**row) for _, row in rehearsal.find(map(_key, barcodes))}
        self.each = job.copies
        self.shelf = Shelf(books.values())
        self.created: list[Book] = []
        self.changed: dict[int, tuple[Book, set[str]]] = {}
        self.added: list[Copy] = []
        self.kept: list[tuple[Book, bytes]] = []

    def decide(self, draft: Draft) -> Fate:
        check(draft)
        book = self.shelf.find(draft)
        self._refuse_taken(draft, book)
        if book is None:
            self.shelf.add(book := _made(draft))
            self.created.append(book)
            self._keep(book, draft)
            self._add_copies(book, _copies(draft, self.each))
            return Fate.CREATED
        new = [copy for copy in draft.copies if copy.barcode and copy.barcode not in self.copies] if self.each else []
        self._add_copies(book, new)
        self._keep(book, draft)
        return Fate.UPDATED if self._fill(book, draft) or new else Fate.UNCHANGED

    def _refuse_taken(self, draft: Draft, book: Book | None) -> None:
        """A barcode names one copy, and that one stays with its book."""
        for barcode, _ in draft.copies:
            copy = self.copies.get(barcode)
            if copy and copy.book != book:
                raise Unfit("barcode", f"The barcode {barcode} is on a copy of “{copy.book.title[:200]}” here.")

    def _add_copies(self, book: Book, told: Iterable[Held]) -> None:
        for barcode, shelfmark in told:
            copy = Copy(book=book, shelfmark=shelfmark)
            copy.barcode = barcode or copy.barcode
            self.copies[copy.barcode] = copy
            self.added.append(copy)

    def _keep(self, book: Book, draft: Draft) -> None:
        if draft.marc:
            self.kept.append((book, draft.marc.packed()))

    def _fill(self, book: Book, draft: Draft) -> bool:
        names = matching.fill(book, draft)
        if names and book.pk:  # one that this batch makes is written as it is now
            self.changed.setdefault(book.pk, (book, set()))[1].update(names)
        return bool(names)

    def save(self) -> Iterator[Note]:
        Book.objects.bulk_create(self.created)
        copies = Copy.objects.bulk_create(self.added)
        if self.changed:
            books = [book for book, _ in self.changed.values()]
            names = set().union(*(names for _, names in self.changed.values()))
            Book.objects.bulk_update(books, sorted(names), batch_size=100)
        # The first record of a book stays.
        kept = [KeptMarc(book=book, packed=record) for book, record in self.kept]
        KeptMarc.objects.bulk_create(kept, ignore_conflicts=True)
        return self._notes(copies)

    def _notes(self, copies: list[Copy]) -> Iterator[Note]:
        yield from (Note("book.added", EVERYONE, book=book.pk) for book in self.created)
        yield from (Note("copy.added", copy.audience(), book=copy.book_id, copy=copy.pk) for copy in copies)
        yield from (Note("book.changed", EVERYONE, book=pk) for pk in self.changed)

    def rehearse(self, rehearsal: Rehearsal) -> None:
        for book in [*self.created, *(book for book, _ in self.changed.values())]:
            fields = {name: getattr(book, name) for name in _NAMES}
            book.pk = rehearsal.keep(book.pk, matching.lookups(book), fields)
        for copy in self.added:
            fields = {"barcode": copy.barcode, "book": copy.book.pk, "title": copy.book.title}
            rehearsal.keep(None, [_key(copy.barcode)], fields)


def _made(draft: Draft) -> Book:
    if not draft.title:
        raise Unfit("title", f"There is no title, and no book with the ISBN {draft.isbn} here that could tell it.")
    return matching.as_book(draft)


def _copies(draft: Draft, each: int) -> list[Held]:
    """Those of a new book: its record's own, else as many as each new one gets; none where none are wanted."""
    own = [copy for copy in draft.copies if copy.barcode]
    shelfmark = draft.copies[0].shelfmark if draft.copies else ""
    usual = [] if draft.complete else [Held("", shelfmark)] * each
    return (own or usual) if each else []


def _key(barcode: str) -> str:
    return f"barcode {barcode}"


def _rehearsed(barcode: str, book: int, title: str) -> Copy:
    return Copy(barcode=barcode, book=Book(pk=book, title=title))
