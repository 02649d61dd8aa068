"""Undoing a whole import, as long as nobody has used what came with it: batch by batch, the last one first.

What it made goes, and what it filled in is as it was, unless somebody has changed that since.
"""

from collections.abc import Callable, Iterator
from typing import Any, cast

from django.apps import apps
from django.db import transaction
from django.db.models import PROTECT, Field, Model, ProtectedError
from django.utils import timezone

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.models import OVER, Import, ImportStep, State
from bookplate.core import events
from bookplate.core.errors import Conflict
from bookplate.core.models import locked

Numbers = dict[str, set[int]]


class CannotUndo(Conflict):
    title = "This import cannot be undone"


@transaction.atomic
def begin(job: Import, queue: Callable[[int], object]) -> Import:
    """Have it undone by whoever `queue` tells of it; raises `CannotUndo`, which says why."""
    job = locked(job)
    if job.state in (State.UNDOING, State.UNDONE):
        return job
    _refuse(job)
    if name := next(_used(job), ""):
        raise CannotUndo(f"{name} Only what nobody has used since it came can be taken back.")
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
    try:
        with transaction.atomic():
            _undo(now, step)
    except ProtectedError as error:
        _stop(now, error)
        return False
    return True


def _undo(job: Import, step: ImportStep) -> None:
    removed = [row for label, numbers in step.created.items() for row in _locked(label, numbers)]
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


def _stop(job: Import, error: ProtectedError) -> None:
    name = _in_words(next(iter(error.protected_objects)))
    Import.objects.filter(pk=job.pk).update(
        state=State.FAILED,
        problem=f"Undoing it came to a halt, and what is left stays: {name} Undo it again once that is over.",
        finished_at=timezone.now(),
    )


def _used(job: Import) -> Iterator[str]:
    """What others have tied to the rows that the import made, in sentences."""
    made: Numbers = {}
    for step in job.steps.iterator():
        for label, numbers in step.created.items():
            made.setdefault(label, set()).update(numbers)
    for step in job.steps.iterator():
        for label, numbers in step.created.items():
            yield from map(_in_words, _tied(_model(label), numbers, made))


def _tied(model: type[Model], numbers: list[int], made: Numbers) -> Iterator[Model]:
    """Rows that keep these from being removed, but for those that the import made itself."""
    for relation in model._meta.related_objects:
        if relation.on_delete is PROTECT:
            others = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": numbers})
            own = made.get(relation.related_model._meta.label_lower, set())
            yield from (row for row in others.iterator() if row.pk not in own)


def _in_words(row: Model) -> str:
    return f"There is a {row._meta.verbose_name} by now: {row}."


def _model(label: str) -> type[Model]:
    return apps.get_model(label)


def _field(label: str, name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", _model(label)._meta.get_field(name))
