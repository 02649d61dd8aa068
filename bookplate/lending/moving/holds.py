"""Holds from a list: who waits for which book, in the order of the other system, before those who came here since."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.db.models import Model, Q
from django.utils import timezone

from bookplate.catalog.duplicates.merged import found_by, titled
from bookplate.catalog.importing.batches import Fate, Written
from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.records import Unfit
from bookplate.catalog.importing.rehearsal import Rehearsal
from bookplate.catalog.models import Book, Copy
from bookplate.core.events import Note
from bookplate.lending import holds
from bookplate.lending.locks import lock_members
from bookplate.lending.models import Hold, Loan
from bookplate.lending.models.policy import begin_of
from bookplate.lending.moving.known import known_copies, known_member, words
from bookplate.people.folding import fold, sort_key

# Ranks below zero, which `holds.enter` never gives: moved in means in front, by priority, then by date.
BEFORE_ALL = -1_000_000


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """A hold as the list describes it; the book by one of four names."""

    card: str
    barcode: str
    isbn: str | None
    title: str
    author: str
    placed: date | None
    priority: int | None


class Holds:
    can_be_undone: ClassVar[bool] = False

    def __init__(self, drafts: Sequence[HoldDraft], job: Import, rehearsal: Rehearsal | None) -> None:
        self.books = _Books(drafts, job)
        self.members = {member.card: member for member in lock_members({draft.card for draft in drafts})}
        books, members = list(self.books.by_number), list(self.members.values())
        active = Hold.objects.active().for_library().filter(book__in=books, member__in=members)
        self.waiting = set(active.values_list("book", "member"))
        if rehearsal:
            found = rehearsal.find(str(member.pk) for member in members)
            self.waiting |= {(fields["book"], fields["member"]) for _, fields in found}
        copies = Copy.objects.of_library().filter(book__in=books)
        borrowed = Loan.objects.open().filter(copy__in=copies, member__in=members)
        self.borrowed = set(borrowed.values_list("copy__book", "member"))
        self.created: list[Hold] = []
        self.now = timezone.now()

    def decide(self, draft: HoldDraft) -> Fate:
        book, member = self.books.find(draft), known_member(self.members, draft.card)
        placed_at = self._placed_at(draft)
        if (book.pk, member.pk) in self.waiting:
            return Fate.UNCHANGED
        if (book.pk, member.pk) in self.borrowed:
            raise Unfit("card", f"This member has “{book.title}” now, so there is nothing to wait for.")
        if book.pk not in self.books.lendable:
            raise Unfit("title", f"The library has no copy of “{book.title}” to wait for.")
        self.waiting.add((book.pk, member.pk))
        self.created.append(Hold(book=book, member=member, placed_at=placed_at, rank=_rank(draft)))
        return Fate.CREATED

    def _placed_at(self, draft: HoldDraft) -> datetime:
        if draft.placed and draft.placed > timezone.localdate(self.now):
            raise Unfit("placed", f"The hold begins on {draft.placed}, which is in the future.")
        return begin_of(draft.placed) if draft.placed else self.now

    def save(self) -> Iterator[Note]:
        Hold.objects.bulk_create(self.created)
        return (holds.note_of("hold.placed", hold) for hold in self.created)

    def written(self) -> Written:
        return Written()

    @staticmethod
    def undone(removed: Sequence[Model], restored: Sequence[Model]) -> Iterator[Note]:
        return iter(())

    def rehearse(self, rehearsal: Rehearsal) -> None:
        for hold in self.created:
            fields = {"book": hold.book_id, "member": hold.member_id}
            rehearsal.keep(None, [str(hold.member_id)], fields)


def _rank(draft: HoldDraft) -> int:
    return -1 if draft.priority is None else BEFORE_ALL + draft.priority


class _Books:
    """The books that the drafts name, locked, found in as many queries however many they are."""

    def __init__(self, drafts: Sequence[HoldDraft], job: Import) -> None:
        barcodes = {draft.barcode for draft in drafts if draft.barcode}
        merged = dict(_merged({draft.isbn for draft in drafts if draft.isbn}))
        renamed = list(titled({fold(draft.title) for draft in drafts if _by_title_alone(draft)}))
        copies = known_copies(job).of_library()
        self.by_barcode = dict(known_copies(job).filter(barcode__in=barcodes).values_list("barcode", "book"))
        named = Q(pk__in=set(self.by_barcode.values())) | Q(isbn__in={draft.isbn for draft in drafts if draft.isbn})
        named |= Q(pk__in={*merged.values(), *(now for _, now in renamed)})
        named |= Q(title_key__in={sort_key(draft.title) for draft in drafts if draft.title})
        found = list(Book.objects.select_for_update().filter(named).order_by("pk"))
        self.by_number = {book.pk: book for book in found}
        self.by_isbn = {isbn: self.by_number[now] for isbn, now in merged.items() if now in self.by_number}
        self.by_isbn |= {book.isbn: book for book in found if book.isbn}
        self.by_title: dict[str, list[tuple[Book, Book]]] = {}
        was = [(before, self.by_number[now]) for before, now in renamed if now in self.by_number]
        for seen_as, book in [*zip(found, found, strict=True), *was]:
            self.by_title.setdefault(fold(seen_as.title), []).append((seen_as, book))
        good = copies.filter(book__in=found).exclude(state__in=holds.GONE)
        self.lendable = set(good.values_list("book", flat=True))

    def find(self, draft: HoldDraft) -> Book:
        """By the surest name that the row has; raises `Unfit`."""
        if draft.barcode:
            if draft.barcode not in self.by_barcode:
                raise Unfit("barcode", f"There is no copy with the barcode {draft.barcode}. Bring it in first.")
            return self.by_number[self.by_barcode[draft.barcode]]
        if draft.isbn:
            if draft.isbn not in self.by_isbn:
                raise Unfit("isbn", f"There is no book with the ISBN {draft.isbn}. Bring it in first.")
            return self.by_isbn[draft.isbn]
        return self._by_title(draft)

    def _by_title(self, draft: HoldDraft) -> Book:
        if not draft.title:
            raise Unfit("title", "There is nothing that names the book: no barcode, no ISBN, no title.")
        known = self.by_title.get(fold(draft.title), [])
        fitting = {book: None for was, book in known if not draft.author or words(was.author) == words(draft.author)}
        if not fitting:
            raise Unfit("title", f"There is no book “{draft.title[:200]}” here. Bring it in first.")
        if len(fitting) > 1:
            raise Unfit(
                "title", f"There are {len(fitting)} books “{draft.title[:200]}”. Name it by its ISBN or barcode."
            )
        return next(iter(fitting))


def _by_title_alone(draft: HoldDraft) -> bool:
    return bool(draft.title) and not draft.barcode and not draft.isbn


def _merged(isbns: Collection[str]) -> Iterator[tuple[str, int]]:
    """What was merged may come with the ISBN that it had."""
    for before, now in found_by({f"isbn {isbn}" for isbn in isbns}):
        if before.isbn:
            yield before.isbn, now
