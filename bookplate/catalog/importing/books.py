"""Books, and the copies that come with new ones."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from django.db.models import Model
from django.utils import timezone

from bookplate.catalog.importing import here, matching
from bookplate.catalog.importing.batches import Fate, Written
from bookplate.catalog.importing.checks import check
from bookplate.catalog.importing.here import Here
from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.records import Draft, Held, Unfit
from bookplate.catalog.importing.rehearsal import Rehearsal
from bookplate.catalog.kept_marc import KeptMarc
from bookplate.catalog.models import Book, Copy
from bookplate.catalog.search.upkeep import at_once
from bookplate.core.events import Note
from bookplate.core.models import Audience, insert_all, insert_values

EVERYONE = (Audience.PUBLIC, None)


class Books:
    can_be_undone: ClassVar[bool] = True

    def __init__(self, drafts: Sequence[Draft], job: Import, rehearsal: Rehearsal | None) -> None:
        self.here = Here(drafts, job, rehearsal)
        self.each, self.job, self.now, self.today = job.copies, job, timezone.now(), timezone.localdate()
        self.created: list[Book] = []
        self.changed: dict[int, tuple[Book, set[str]]] = {}
        self.added: list[Copy] = []
        self.records: list[tuple[Book, bytes]] = []
        self.kept: list[int] = []

    def decide(self, draft: Draft) -> Fate:
        check(draft, self.today)
        book = self.here.find(draft)
        self._refuse_taken(draft, book)
        if book is None:
            self.here.add(book := _made(draft, self.now))
            self.created.append(book)
            self._keep(book, draft)
            self._add_copies(book, _copies(draft, self.each))
            return Fate.CREATED
        new = self._new_copies(draft, book)
        self._add_copies(book, new)
        self._keep(book, draft)
        return Fate.UPDATED if self._fill(book, draft) or new else Fate.UNCHANGED

    def _refuse_taken(self, draft: Draft, book: Book | None) -> None:
        """A barcode names one copy, and that one stays with its book."""
        for barcode, _ in draft.copies:
            copy = self.here.copies.get(barcode)
            if copy and copy.book != book:
                # Whoever fills their own shelf need not learn what stands on another's.
                where = "taken here" if self.job.owner_id else f"on a copy of “{copy.book.title[:200]}” here"
                raise Unfit("barcode", f"The barcode {barcode} is {where}.")

    def _new_copies(self, draft: Draft, book: Book) -> list[Held]:
        """Of a book that is here: those whose barcodes are new; and one for a shelf on which it does not stand yet."""
        if not self.each:
            return []
        told = [copy for copy in draft.copies if copy.barcode]
        if told or not self.job.is_for_somebody or self.here.is_shelved(book):
            return [copy for copy in told if copy.barcode not in self.here.copies]
        return _copies(draft, self.each)

    def _add_copies(self, book: Book, told: Iterable[Held]) -> None:
        job = self.job
        for barcode, shelfmark in told:
            copy = Copy(book=book, shelfmark=shelfmark or job.shelfmark, visibility=job.visibility, added_at=self.now)
            copy.owner, copy.owner_group_id = job.owner, job.owner_group_id
            copy.barcode = barcode or copy.barcode
            self.here.add_copy(copy)
            self.added.append(copy)

    def _keep(self, book: Book, draft: Draft) -> None:
        """Of a book that is here, by librarians alone, as `_fill`."""
        if draft.marc and not (book.pk and self.job.owner_id):
            self.records.append((book, draft.marc))

    def _fill(self, book: Book, draft: Draft) -> bool:
        """Not by what somebody brings to their own shelf: librarians keep the catalogue."""
        names = set() if self.job.owner_id else matching.fill(book, draft)
        if names and book.pk:  # one that this batch makes is written as it is now
            self.changed.setdefault(book.pk, (book, set()))[1].update(names)
        return bool(names)

    def save(self) -> Iterator[Note]:
        with at_once(self.created):
            insert_all(self.created)
        for copy in self.added:
            copy.book = copy.book  # which has its number now
        insert_all(self.added)
        if self.changed:
            books = [book for book, _ in self.changed.values()]
            names = set().union(*(names for _, names in self.changed.values()))
            Book.objects.bulk_update(books, sorted(names), batch_size=100)
        self._save_records()
        return self._notes()

    def _save_records(self) -> None:
        """The first record of a book stays."""
        if not self.records:
            return
        made = {book.pk for book in self.created}
        here = [book.pk for book, _ in self.records if book.pk not in made]
        had = set(KeptMarc.objects.filter(book__in=here).values_list("pk", flat=True)) if here else set[int]()
        first = {book.pk: record for book, record in reversed(self.records) if book.pk not in had}
        insert_values(KeptMarc, [*first.items()])
        self.kept = list(first)

    def _notes(self) -> Iterator[Note]:
        yield from (Note("book.added", EVERYONE, book=book.pk) for book in self.created)
        yield from (Note("copy.added", copy.audience(), book=copy.book_id, copy=copy.pk) for copy in self.added)
        yield from (Note("book.changed", EVERYONE, book=pk) for pk in self.changed)

    def written(self) -> Written:
        created = {"catalog.book": [book.pk for book in self.created], "catalog.copy": [copy.pk for copy in self.added]}
        created["catalog.keptmarc"] = self.kept
        filled = {pk: {name: _filled(book, name) for name in names} for pk, (book, names) in self.changed.items()}
        return Written(created, {"catalog.book": filled})

    @staticmethod
    def undone(removed: Sequence[Model], restored: Sequence[Model]) -> Iterator[Note]:
        for row in removed:
            match row:
                case Book():
                    yield Note("book.removed", EVERYONE, book=row.pk)
                case Copy():
                    yield Note("copy.removed", row.audience(), book=row.book_id, copy=row.pk)
        yield from (Note("book.changed", EVERYONE, book=book.pk) for book in restored)

    def rehearse(self, rehearsal: Rehearsal) -> None:
        here.rehearse(rehearsal, [*self.created, *(book for book, _ in self.changed.values())], self.added)


def _made(draft: Draft, at: datetime) -> Book:
    if not draft.title.strip():
        nobody = f"There is no title, and no book with the ISBN {draft.isbn} here that could tell it."
        raise Unfit("title", draft.untitled or nobody)
    return matching.as_book(draft, at)


def _copies(draft: Draft, each: int) -> list[Held]:
    """Those of a new book: its record's own, else as many as each new one gets; none where none are wanted."""
    own = [copy for copy in draft.copies if copy.barcode]
    shelfmark = draft.copies[0].shelfmark if draft.copies else ""
    usual = [] if draft.complete else [Held("", shelfmark)] * each
    return (own or usual) if each else []


def _filled(book: Book, name: str) -> tuple[str | None, str | int]:
    """A field that was empty, as it was and became."""
    return None if name == "published_year" else "", getattr(book, name)
