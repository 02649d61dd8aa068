"""Books, and the copies that come with new ones."""

from collections.abc import Iterator, Sequence

from bookplate.catalog.importing import matching
from bookplate.catalog.importing.batches import Fate
from bookplate.catalog.importing.checks import check
from bookplate.catalog.importing.matching import FILLED, Shelf
from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.records import Draft
from bookplate.catalog.importing.rehearsal import Rehearsal
from bookplate.catalog.models import Book, Copy
from bookplate.core.events import Note
from bookplate.core.models import Audience

EVERYONE = (Audience.PUBLIC, None)
_NAMES = ("title", "isbn", *FILLED)


class Books:
    def __init__(self, drafts: Sequence[Draft], job: Import, rehearsal: Rehearsal | None) -> None:
        books = {book.pk: book for book in matching.candidates(drafts)}
        if rehearsal:
            keys = [key for draft in drafts for key in matching.lookups(draft)]
            books |= {pk: Book(pk=pk, **fields) for pk, fields in rehearsal.find(keys)}
        self.copies = job.copies
        self.shelf = Shelf(books.values())
        self.created: list[Book] = []
        self.changed: dict[int, tuple[Book, set[str]]] = {}

    def decide(self, draft: Draft) -> Fate:
        check(draft)
        book = self.shelf.find(draft)
        if book is None:
            self.shelf.add(book := matching.as_book(draft))
            self.created.append(book)
            return Fate.CREATED
        return self._fill(book, draft)

    def _fill(self, book: Book, draft: Draft) -> Fate:
        names = matching.fill(book, draft)
        if not names:
            return Fate.UNCHANGED
        if book.pk:  # one that this batch makes is written as it is now
            self.changed.setdefault(book.pk, (book, set()))[1].update(names)
        return Fate.UPDATED

    def save(self) -> Iterator[Note]:
        Book.objects.bulk_create(self.created)
        copies = Copy.objects.bulk_create([Copy(book=book) for book in self.created for _ in range(self.copies)])
        if self.changed:
            books = [book for book, _ in self.changed.values()]
            names = set().union(*(names for _, names in self.changed.values()))
            Book.objects.bulk_update(books, sorted(names), batch_size=100)
        return self._notes(copies)

    def _notes(self, copies: list[Copy]) -> Iterator[Note]:
        yield from (Note("book.added", EVERYONE, book=book.pk) for book in self.created)
        yield from (Note("copy.added", copy.audience(), book=copy.book_id, copy=copy.pk) for copy in copies)
        yield from (Note("book.changed", EVERYONE, book=pk) for pk in self.changed)

    def rehearse(self, rehearsal: Rehearsal) -> None:
        for book in [*self.created, *(book for book, _ in self.changed.values())]:
            fields = {name: getattr(book, name) for name in _NAMES}
            book.pk = rehearsal.keep(book.pk, matching.lookups(book), fields)
