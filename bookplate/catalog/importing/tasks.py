"""Imports in the background; one whose worker was killed goes on in the next (`core.tasks`)."""

import logging
from math import inf

from django_tasks import task

from bookplate.catalog.importing import pipeline, undo
from bookplate.catalog.importing.models import Import, State

logger = logging.getLogger(__name__)

SLICE = 30.0
"""So many seconds a worker is at it; then its other tasks have their turn."""


@task()
def bring_in(import_id: int) -> None:
    """A slice of an import, or all of it; called again it goes on where it was, or does nothing when that is over."""
    job = Import.objects.filter(pk=import_id).first()
    if job is None:
        return
    try:
        # What is only tried begins anew each time.
        pipeline.run(job, seconds=inf if job.dry_run else SLICE)
    except Exception:
        logger.exception("Import %s (%s) stopped after record %s", job.pk, job.name, job.position)
        job.refresh_from_db()
        pipeline.stop(
            job,
            f"Something unexpected happened after record {job.position}; the server's log says what. "
            "What was brought in until then stays, and the import can be started again.",
        )
    if job.state == State.RUNNING:
        bring_in.enqueue(import_id)


@task()
def take_back(import_id: int) -> None:
    """Undo an import to its end; called again it goes on where it was."""
    if job := Import.objects.filter(pk=import_id).first():
        undo.run(job)
