"""From a file to the library: read, match, decide, and write in batches that are each true on their own."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from math import inf
from typing import Any

from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookplate.catalog.importing import mapping, opening, readers
from bookplate.catalog.importing.batches import Batch, Outcome, broken
from bookplate.catalog.importing.cleaning import clean
from bookplate.catalog.importing.looking_up import titled
from bookplate.catalog.importing.models import COUNTS, Import, ImportFailure, ImportStep, State
from bookplate.catalog.importing.records import Broken, Item, Place, Record, Unreadable
from bookplate.catalog.importing.rehearsal import Rehearsal
from bookplate.catalog.search import upkeep
from bookplate.core import events
from bookplate.core.events import Note
from bookplate.core.many import many_rows
from bookplate.core.models import alone

BATCH = 4_000
"""More would take less time in all, and let the desks wait longer for each."""
BATCH_BYTES = 4_000_000
BATCH_SECONDS = 3.0
"""Reading takes as long where books are looked up elsewhere: whoever waits wants to see it go on, or to stop it."""
MANY = 1_000
"""New books that change what the planner of the database should know."""
# Any fixed number of our own; on PostgreSQL it lets one import write at a time, so that two with the same
# books without an ISBN do not both make them.
IMPORT_LOCK = 0xB00D


Progress = Callable[[Import], None]


def run(job: Import, progress: Progress = lambda job: None, seconds: float = inf) -> Import:
    """Bring the file in from where it was left; returns the import.

    It is over then, unless somebody else goes on with it or the time is up. Safe to call again at any time: what was
    committed is not done twice. `progress` is called after each batch. A file that cannot be read ends as `failed`
    with the reason in `problem`.
    """
    until = time.monotonic() + seconds
    if not _begin(job):
        return job
    try:
        if not opening.opened(job):
            return _as_it_is(job)
        reader = readers.of(job)
        job.unused_columns = mapping.unused(job, reader)
        with many_rows(), closing(_Writer(job, reader.into)) as writer:
            for items in _batches(titled(reader.read(job.original, Place(job.position, job.offset)))):
                if not writer.write(items):
                    return _as_it_is(job)
                progress(job)
                if time.monotonic() > until:
                    return job
    except Unreadable as error:
        stop(job, str(error))
    except FileNotFoundError:
        stop(job, "The file is no longer there. Bring it in again.")
    else:
        _finish(job, State.DONE, offset=job.size)
        if job.created >= MANY:
            upkeep.freshen_statistics()
    return job


def _as_it_is(job: Import) -> Import:
    """What somebody else made of it; one that is for a shelf goes with its owner."""
    if Import.objects.filter(pk=job.pk).exists():
        job.refresh_from_db()
    return job


def cancel(job: Import) -> None:
    """Stop after the batch that is being written; what was brought in stays. Once it is over that changes nothing."""
    with transaction.atomic():
        stopped = Import.objects.unfinished().filter(pk=job.pk)
        if not stopped.update(state=State.CANCELLED, finished_at=timezone.now()):
            return
        events.record("import.cancelled", job.audience())
    job.refresh_from_db()


def stop(job: Import, problem: str) -> None:
    """End an import that cannot go on; `problem` says why, in a sentence for a librarian."""
    _finish(job, State.FAILED, problem=problem)


def _begin(job: Import) -> bool:
    """Whether there is something to do."""
    going = Import.objects.filter(pk=job.pk, state__in=[State.WAITING, State.RUNNING, State.FAILED])
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
    with transaction.atomic():
        if going.update(state=state, finished_at=timezone.now(), **values):
            events.record("import.finished", job.audience())
    job.refresh_from_db()


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size, until = 0, time.monotonic() + BATCH_SECONDS
    for item in items:
        batch.append(item)
        size += len(item.content)
        if len(batch) >= BATCH or size >= BATCH_BYTES or time.monotonic() > until:
            yield batch
            batch, size, until = [], 0, time.monotonic() + BATCH_SECONDS
    if batch:
        yield batch


class _Writer:
    """Writes batches of one import; a dry run keeps them in a rehearsal instead."""

    def __init__(self, job: Import, into: type[Batch[Any]]) -> None:
        self.job, self.into = job, into
        self.rehearsal = Rehearsal() if job.dry_run else None

    def close(self) -> None:
        if self.rehearsal:
            self.rehearsal.close()

    @transaction.atomic
    def write(self, items: list[Item]) -> bool:
        """Rows, failures, counts and place, and last the events, all or nothing; False when the import is not ours."""
        if not self._is_ours():
            return False
        outcome = self._outcome(items)
        self._failures(outcome.failed)
        self._account(outcome, items)
        if outcome.written:
            ImportStep.objects.create(job=self.job, created=outcome.written.created, changed=outcome.written.changed)
        events.record_all([*outcome.notes, Note("import.progressed", self.job.audience())])
        return True

    def _is_ours(self) -> bool:
        alone(IMPORT_LOCK)
        now = Import.objects.select_for_update().filter(pk=self.job.pk).first()
        mine = (State.RUNNING, self.job.position, self.job.offset)
        return now is not None and (now.state, now.position, now.offset) == mine

    def _outcome(self, items: list[Item]) -> Outcome:
        try:
            return self._all(items)
        except (IntegrityError, DataError):
            return self._one_by_one(items)

    @transaction.atomic
    def _all(self, items: list[Item]) -> Outcome:
        batch = self.into([item.draft for item in items if isinstance(item, Record)], self.job, self.rehearsal)
        outcome = Outcome().decide(items, batch)
        if self.rehearsal:
            batch.rehearse(self.rehearsal)
        else:
            outcome.notes += batch.save()
            outcome.written.add(batch.written())
        return outcome

    def _one_by_one(self, items: Iterable[Item]) -> Outcome:
        """Somebody else wrote one of these rows meanwhile; that must not cost the others."""
        total = Outcome()
        for item in items:
            try:
                total.add(self._all([item]))
            except (IntegrityError, DataError) as error:
                total.fail(broken(item, _refused(error)))
        return total

    def _failures(self, failed: Iterable[Broken]) -> None:
        ImportFailure.objects.bulk_create(
            [
                ImportFailure(
                    job=self.job,
                    position=one.position,
                    offset=one.offset,
                    # They may quote what is damaged, and PostgreSQL keeps no zeros in a text.
                    field=clean(one.field)[:40],
                    reason=clean(one.reason)[:1000],
                    content=one.content,
                )
                for one in failed
            ]
        )

    def _account(self, outcome: Outcome, items: list[Item]) -> None:
        job = self.job
        job.read += len(items)
        for name in COUNTS:
            setattr(job, name, getattr(job, name) + outcome.counts[name])
        job.position, job.offset = items[-1].position, items[-1].end
        job.save(update_fields=["read", "offset", "position", "unused_columns", *COUNTS])


def _refused(error: DatabaseError) -> str:
    return f"The database does not take this record: {str(error).splitlines()[0]}."
