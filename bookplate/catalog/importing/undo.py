"""Undoing a whole import, as long as nobody has used what came with it: batch by batch, the last one first.

What it made goes, and what it filled in is as it was, unless somebody has changed that since.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from django.apps import apps
from django.db import transaction
from django.db.models import PROTECT, Field, Model, Q
from django.utils import timezone

from bookplate.catalog.duplicates.models import Merge
from bookplate.catalog.importing import readers
from bookplate.catalog.importing.models import OVER, Import, ImportStep, State
from bookplate.catalog.models import Book, Copy
from bookplate.core import events
from bookplate.core.errors import Conflict
from bookplate.core.models import locked

# Of each table the numbers of rows.
Numbers: TypeAlias = Mapping[str, Collection[int]]
Word: TypeAlias = Callable[[Numbers, Numbers], Iterable[str]]
_in_use: list[Word] = []


def unless(word: Word) -> None:
    """A higher room's word on what somebody counts on though no row of theirs names it.

    Given what is to go now and all that the import made, it says in sentences why that cannot be; it is asked again
    when the rows, and the books of their copies, are locked.
    """
    _in_use.append(word)


class CannotUndo(Conflict):
    title = "This import cannot be undone"


@transaction.atomic
def begin(job: Import, queue: Callable[[int], object]) -> Import:
    """Have it undone by whoever `queue` tells of it; raises `CannotUndo`, which says why."""
    job = locked(job)
    if job.state in (State.UNDOING, State.UNDONE):
        return job
    _refuse(job)
    if why := next(_used(job), ""):
        raise CannotUndo(f"{why} Only what nobody has used since it came can be taken back.")
    job.state, job.problem = State.UNDOING, ""
    job.save(update_fields=["state", "problem"])
    queue(job.pk)
    events.record("import.undone", job.audience(), note=job.name)
    return job


def may_be_undone(job: Import) -> bool:
    """As far as the import itself tells."""
    return job.state in OVER and not job.dry_run and readers.of(job).into.can_be_undone and job.steps.exists()


def _refuse(job: Import) -> None:
    if job.state not in OVER:
        raise CannotUndo("It is not over yet. Cancel it first.")
    if not readers.of(job).into.can_be_undone:
        raise CannotUndo("Loans and holds are not taken back as a whole. End them one by one at the desk.")
    if not job.steps.exists():
        raise CannotUndo("It has changed nothing, or came before undoing was known.")


def run(job: Import) -> Import:
    """Undo it to the end; called again it goes on where it was."""
    while _undo_last_step(job):
        pass
    job.refresh_from_db()
    return job


@transaction.atomic
def _undo_last_step(job: Import) -> bool:
    """Whether there may be another."""
    now = Import.objects.select_for_update().filter(pk=job.pk, state=State.UNDOING).first()
    if now is None:
        return False
    step = now.steps.order_by("-id").first()
    if step is None:
        Import.objects.filter(pk=now.pk).update(state=State.UNDONE, finished_at=timezone.now())
        return False
    _lock_books(step)
    removed = [row for label, numbers in step.created.items() for row in _locked(label, numbers)]
    if why := next(_why_not(step.created, step.created), ""):
        _stop(now, why)
        return False
    _undo(now, step, removed)
    return True


def _lock_books(step: ImportStep) -> None:
    """At once and in their order, before their copies, as everywhere: whoever places a hold on one comes after this."""
    with_copies = Copy.objects.filter(pk__in=step.created.get("catalog.copy", [])).values("book")
    books = Book.objects.filter(Q(pk__in=with_copies) | Q(pk__in=step.created.get("catalog.book", [])))
    list(books.select_for_update().order_by("pk").values_list("pk"))


def _undo(job: Import, step: ImportStep, removed: list[Model]) -> None:
    restored = [row for label, rows in step.changed.items() for row in _restored(label, rows)]
    notes = list(readers.of(job).into.undone(removed, restored))
    for label, numbers in reversed(step.created.items()):
        _model(label)._default_manager.filter(pk__in=numbers).delete()
    step.delete()
    events.record_all(notes)


def _restored(label: str, rows: dict[str, dict[str, tuple[Any, Any]]]) -> Iterator[Model]:
    """Those that still say what the import wrote, as they were before."""
    for row in _locked(label, map(int, rows)):
        fields = {name: pair for name, pair in rows[str(row.pk)].items() if _told(row, name) == pair[1]}
        for name, (before, _) in fields.items():
            setattr(row, name, _field(label, name).to_python(before))
        if fields:
            row.save(update_fields=list(fields))
            yield row


def _told(row: Model, name: str) -> Any:
    """As JSON has it."""
    value = getattr(row, name)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _locked(label: str, numbers: Any) -> list[Model]:
    return list(_model(label)._default_manager.select_for_update().filter(pk__in=list(numbers)).order_by("pk"))


def _stop(job: Import, why: str) -> None:
    Import.objects.filter(pk=job.pk).update(
        state=State.FAILED,
        problem=f"Undoing it came to a halt, and what is left stays: {why} Undo it again once that is over.",
        finished_at=timezone.now(),
    )


def _used(job: Import) -> Iterator[str]:
    made: dict[str, set[int]] = {}
    for step in job.steps.iterator():
        for label, numbers in step.created.items():
            made.setdefault(label, set()).update(numbers)
    for step in job.steps.iterator():
        yield from _why_not(step.created, made)
        yield from _merged(step.created.get("catalog.book", []), made)


def _why_not(going: Numbers, made: Numbers) -> Iterator[str]:
    """What others have tied to the rows that are to go, in sentences."""
    for label, numbers in going.items():
        yield from map(_in_words, _tied(_model(label), numbers, made))
    for word in _in_use:
        yield from word(going, made)


def _tied(model: type[Model], numbers: Collection[int], made: Numbers) -> Iterator[Model]:
    """Rows that keep these from being removed, but for those that the import made itself."""
    for relation in model._meta.related_objects:
        if relation.on_delete is PROTECT:
            others = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": numbers})
            own = made.get(relation.related_model._meta.label_lower, ())
            yield from (row for row in others.iterator() if row.pk not in own)


def _merged(books: Collection[int], made: Numbers) -> Iterator[str]:
    """A merge of one of these with a book from elsewhere: what that knew is in this one, or the other way round."""
    for merge in Merge.objects.in_force().filter(Q(kept__in=books) | Q(merged__in=books)):
        if not {merge.kept, merge.merged} <= set(made["catalog.book"]):
            yield f"“{merge.title}” was merged with another book since."


def _in_words(row: Model) -> str:
    return f"There is a {row._meta.verbose_name} by now: {row}."


def _model(label: str) -> type[Model]:
    return apps.get_model(label)


def _field(label: str, name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", _model(label)._meta.get_field(name))
