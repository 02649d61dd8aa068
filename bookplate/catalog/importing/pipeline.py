"""From a file to the catalogue: read, match, decide, and write in batches that are each true on their own."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Self

from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookplate.catalog.importing import matching, readers
from bookplate.catalog.importing.checks import check
from bookplate.catalog.importing.matching import Shelf
from bookplate.catalog.importing.models import COUNTS, Import, ImportFailure, State
from bookplate.catalog.importing.records import Broken, Draft, Item, Place, Record, Skipped, Unfit, Unreadable
from bookplate.catalog.importing.rehearsal import Rehearsal
from bookplate.catalog.models import Book, Copy
from bookplate.core import events
from bookplate.core.events import Note
from bookplate.core.models import Audience

BATCH = 500
BATCH_BYTES = 4_000_000
# Any fixed number of our own; on PostgreSQL it lets one import write at a time, so that two with the same
# books without an ISBN do not both make them.
IMPORT_LOCK = 0xB00D

Progress = Callable[[Import], None]


def run(job: Import, progress: Progress = lambda job: None) -> Import:
    """Bring the file in from where it was left; returns the import, over unless somebody else goes on with it.

    Safe to call again at any time: what was committed is not done twice. `progress` is called after
    each batch. A file that cannot be read ends as `failed` with the reason in `problem`.
    """
    if not _begin(job):
        return job
    try:
        with closing(_Writer(job)) as writer:
            for items in _batches(readers.named(job.format).read(job.original, Place(job.position, job.offset))):
                if not writer.write(items):
                    job.refresh_from_db()
                    return job
                progress(job)
    except Unreadable as error:
        stop(job, str(error))
    except FileNotFoundError:
        stop(job, "The file is no longer there. Bring it in again.")
    else:
        _finish(job, State.DONE, offset=job.size)
    return job


def cancel(job: Import) -> None:
    """Stop after the batch that is being written; what was brought in stays."""
    if Import.objects.unfinished().filter(pk=job.pk).update(state=State.CANCELLED, finished_at=timezone.now()):
        job.refresh_from_db()


def stop(job: Import, problem: str) -> None:
    """End an import that cannot go on; `problem` says why, in a sentence for a librarian."""
    _finish(job, State.FAILED, problem=problem)


def _begin(job: Import) -> bool:
    """Whether there is something to do."""
    going = Import.objects.filter(pk=job.pk).exclude(state__in=[State.DONE, State.CANCELLED])
    with transaction.atomic():
        if not going.update(
            state=State.RUNNING, started_at=Coalesce("started_at", timezone.now()), finished_at=None, problem=""
        ):
            return False
        job.refresh_from_db()
        if job.dry_run and job.read:
            _start_over(job)
    return True


def _start_over(job: Import) -> None:
    """A dry run wrote nothing to go on from."""
    job.failures.all().delete()
    for name in ("read", "offset", "position", *COUNTS):
        setattr(job, name, 0)
    job.save()


def _finish(job: Import, state: State, **values: str | int) -> None:
    going = Import.objects.filter(pk=job.pk, state=State.RUNNING)
    going.update(state=state, finished_at=timezone.now(), **values)
    job.refresh_from_db()


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += len(item.content)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@dataclass
class Outcome:
    """What is to be done about some records."""

    created: list[Book] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    changed: dict[int, tuple[Book, set[str]]] = field(default_factory=dict)
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: list[Broken] = field(default_factory=list)

    def decide(self, items: Iterable[Item], shelf: Shelf) -> Self:
        for item in items:
            match item:
                case Record():
                    self._place(item, shelf)
                case Broken():
                    self.failed.append(item)
                case Skipped():
                    self.skipped += 1
        return self

    def _place(self, record: Record, shelf: Shelf) -> None:
        try:
            check(record.draft)
        except Unfit as error:
            self.failed.append(_broken(record, str(error), error.field))
            return
        book = shelf.find(record.draft)
        if book is None:
            shelf.add(book := matching.as_book(record.draft))
            self.created.append(book)
        else:
            self._fill(book, record.draft)

    def _fill(self, book: Book, draft: Draft) -> None:
        names = matching.fill(book, draft)
        if not names:
            self.unchanged += 1
            return
        self.updated += 1
        if book.pk:  # one that this batch makes is written as it is now
            self.changed.setdefault(book.pk, (book, set()))[1].update(names)

    def add(self, other: Self) -> None:
        self.created += other.created
        self.copies += other.copies
        self.changed |= other.changed
        self.failed += other.failed
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.skipped += other.skipped


def _broken(item: Item, reason: str, name: str = "") -> Broken:
    return Broken(item.position, item.offset, item.end, item.content, reason=reason, field=name)


class _Writer:
    """Writes batches of one import; a dry run keeps them in a rehearsal instead."""

    def __init__(self, job: Import) -> None:
        self.job = job
        self.rehearsal = Rehearsal() if job.dry_run else None

    def close(self) -> None:
        if self.rehearsal:
            self.rehearsal.close()

    @transaction.atomic
    def write(self, items: list[Item]) -> bool:
        """Books, failures, counts and place, and last the events, all or nothing; False when the import is not ours."""
        if not self._is_ours():
            return False
        outcome = self._books(items)
        self._failures(outcome.failed)
        self._account(outcome, items)
        if not self.rehearsal:
            events.record_all(_notes(outcome))
        return True

    def _is_ours(self) -> bool:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
        now = Import.objects.select_for_update().filter(pk=self.job.pk).first()
        mine = (State.RUNNING, self.job.position, self.job.offset)
        return now is not None and (now.state, now.position, now.offset) == mine

    def _books(self, items: list[Item]) -> Outcome:
        outcome = Outcome().decide(items, self._shelf(items))
        if self.rehearsal:
            self.rehearsal.keep([*outcome.created, *(book for book, _ in outcome.changed.values())])
            return outcome
        try:
            with transaction.atomic():
                self._save(outcome)
        except (IntegrityError, DataError):
            return self._one_by_one(items)
        return outcome

    def _save(self, outcome: Outcome) -> None:
        Book.objects.bulk_create(outcome.created)
        copies = [Copy(book=book) for book in outcome.created for _ in range(self.job.copies)]
        outcome.copies = Copy.objects.bulk_create(copies)
        if outcome.changed:
            books = [book for book, _ in outcome.changed.values()]
            names = set().union(*(names for _, names in outcome.changed.values()))
            Book.objects.bulk_update(books, sorted(names), batch_size=100)

    def _shelf(self, items: Iterable[Item]) -> Shelf:
        drafts = [item.draft for item in items if isinstance(item, Record)]
        books = {book.pk: book for book in matching.candidates(drafts)}
        if self.rehearsal:
            books |= {book.pk: book for book in self.rehearsal.candidates(drafts)}
        return Shelf(books.values())

    def _one_by_one(self, items: Iterable[Item]) -> Outcome:
        """Somebody else wrote one of these books meanwhile; that must not cost the others."""
        total = Outcome()
        for item in items:
            try:
                with transaction.atomic():
                    outcome = Outcome().decide([item], self._shelf([item]))
                    self._save(outcome)
            except (IntegrityError, DataError) as error:
                outcome = Outcome(failed=[_broken(item, _refused(error))])
            total.add(outcome)
        return total

    def _failures(self, failed: Iterable[Broken]) -> None:
        ImportFailure.objects.bulk_create(
            [
                ImportFailure(
                    job=self.job,
                    position=one.position,
                    offset=one.offset,
                    field=one.field[:40],
                    reason=one.reason[:1000],
                    content=one.content,
                )
                for one in failed
            ]
        )

    def _account(self, outcome: Outcome, items: list[Item]) -> None:
        job = self.job
        job.read += len(items)
        job.created += len(outcome.created)
        job.updated += outcome.updated
        job.unchanged += outcome.unchanged
        job.failed += len(outcome.failed)
        job.skipped += outcome.skipped
        job.position, job.offset = items[-1].position, items[-1].end
        job.save(update_fields=["read", "offset", "position", *COUNTS])


def _refused(error: DatabaseError) -> str:
    return f"The database does not take this record: {str(error).splitlines()[0]}."


def _notes(outcome: Outcome) -> Iterator[Note]:
    everyone = (Audience.PUBLIC, None)
    yield from (Note("book.added", everyone, book=book.pk) for book in outcome.created)
    yield from (Note("copy.added", copy.audience(), book=copy.book_id, copy=copy.pk) for copy in outcome.copies)
    yield from (Note("book.changed", everyone, book=pk) for pk in outcome.changed)
