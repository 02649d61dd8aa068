"""Undoing a whole import, as long as nobody has used what came with it: batch by batch, the last one first.

What it made goes, and what it filled in is as it was, unless somebody has changed that since. A new book that somebody
has edited stays, with its copies.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from django.apps import apps
from django.db import transaction
from django.db.models import PROTECT, Field, Model, Q, QuerySet
from django.utils import timezone

from bookplate.catalog.duplicates.models import Merge
from bookplate.catalog.importing import readers
from bookplate.catalog.importing.models import OVER, Import, ImportStep, State
from bookplate.catalog.models import Book, Copy
from bookplate.core import events
from bookplate.core.errors import Conflict
from bookplate.core.many import among
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


def begin(job: Import, queue: Callable[[int], object]) -> Import:
    """Have it undone by whoever `queue` tells of it; raises `CannotUndo`, which says why.

    A long list takes seconds to look through, so nothing is locked meanwhile; each step is looked at again.
    """
    if job.state not in (State.UNDOING, State.UNDONE):
        _refuse(job)
        if why := next(_used(job), ""):
            raise CannotUndo(f"{why} Only what nobody has used since it came can be taken back.")
    return _begun(job, queue)


@transaction.atomic
def _begun(job: Import, queue: Callable[[int], object]) -> Import:
    job = locked(job)
    if job.state in (State.UNDOING, State.UNDONE):
        return job
    _refuse(job)
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
    kept = _edited(now, step)
    going = _without(kept, step)
    removed = [row for label, numbers in going.items() for row in _locked(label, numbers)]
    if why := next(_why_not(going, going), ""):
        _stop(now, why)
        return False
    if kept:
        Import.objects.filter(pk=now.pk).update(kept=sorted({*now.kept, *kept}))
    _undo(now, step, going, removed, kept)
    return True


def _edited(job: Import, step: ImportStep) -> list[int]:
    """Which of its new books, or of those whose copies these are, somebody has changed by hand."""
    edited = _books_of(step).filter(edited_at__isnull=False, added_at__gte=job.created_at)
    return list(edited.values_list("pk", flat=True))


def _without(books: Collection[int], step: ImportStep) -> Numbers:
    """What goes when these books stay, with all that is theirs."""
    if not books:
        return cast(Numbers, step.created)
    theirs = {"catalog.book": set(books), "catalog.keptmarc": set(books)}
    copies = Copy.objects.filter(book__in=books, pk__in=step.created.get("catalog.copy", []))
    theirs["catalog.copy"] = set(copies.values_list("pk", flat=True))
    return {label: [one for one in rows if one not in theirs.get(label, ())] for label, rows in step.created.items()}


def _lock_books(step: ImportStep) -> None:
    """At once and in their order, before their copies, as everywhere: whoever places a hold on one, edits or merges it
    comes after this, or was heard."""
    list(_books_of(step).select_for_update().order_by("pk").values_list("pk"))


def _books_of(step: ImportStep) -> "QuerySet[Book]":
    with_copies = Copy.objects.filter(pk__in=among(step.created.get("catalog.copy", []))).values("book")
    own = [*step.created.get("catalog.book", []), *map(int, step.changed.get("catalog.book", {}))]
    return Book.objects.filter(Q(pk__in=with_copies) | Q(pk__in=among(own)))


def _undo(job: Import, step: ImportStep, going: Numbers, removed: list[Model], kept: Collection[int]) -> None:
    changed = {label: dict(rows) for label, rows in step.changed.items()}
    for number in kept:
        changed.get("catalog.book", {}).pop(str(number), None)
    restored = [row for label, rows in changed.items() for row in _restored(label, rows)]
    notes = list(readers.of(job).into.undone(removed, restored))
    for label in reversed([*going]):
        _model(label)._default_manager.filter(pk__in=going[label]).delete()
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
        yield from _why_not(_without(_edited(job, step), step), made)


def _why_not(going: Numbers, made: Numbers) -> Iterator[str]:
    """What others have tied to the rows that are to go, in sentences."""
    for label, numbers in going.items():
        yield from map(_in_words, _tied(_model(label), numbers, made))
    yield from _merged(going.get("catalog.book", []))
    for word in _in_use:
        yield from word(going, made)


def _tied(model: type[Model], numbers: Collection[int], made: Numbers) -> Iterator[Model]:
    """Rows that keep these from being removed, but for those that the import made itself."""
    for relation in model._meta.related_objects:
        if relation.on_delete is PROTECT:
            others = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": among(numbers)})
            own = made.get(relation.related_model._meta.label_lower, ())
            yield from (row for row in others.iterator() if row.pk not in own)


def _merged(books: Collection[int]) -> Iterator[str]:
    """A merge of one of these: what the one knew and had is the other's by now."""
    for merge in Merge.objects.in_force().filter(Q(kept__in=among(books)) | Q(merged__in=among(books))):
        yield f"“{merge.title}” was merged with another book since."


def _in_words(row: Model) -> str:
    return f"There is a {row._meta.verbose_name} by now: {row}."


def _model(label: str) -> type[Model]:
    return apps.get_model(label)


def _field(label: str, name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", _model(label)._meta.get_field(name))
