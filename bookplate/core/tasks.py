"""Background work: tasks in our own database (django-tasks), each leased to the worker that runs it.

The library leaves a task whose worker was killed as running for ever. So a worker renews the lease of what it runs,
and a task whose lease nobody renews is put back, for any worker to take up. For that a task must be idempotent: run
again it goes on where it was, or does nothing. A worker that only was slow then does no harm either.

Only the database's clock is asked: those of several machines need not agree.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from bookplate.core.models import Lease

BEAT = 1
"""How often a worker renews its leases, in seconds."""
LEASE = timedelta(seconds=5)
RESULTS_KEPT = timedelta(days=30)


@transaction.atomic
def take(worker: str, task: "Task[..., Any]", *arguments: Any) -> None:
    """Enqueue a task that the caller runs by itself as `worker`; should it die over that, another takes it up."""
    row = DBTaskResult.objects.get(pk=task.enqueue(*arguments).id)
    row.claim(worker)
    Lease.objects.create(task=row.pk, renewed_at=Now())


def finish(worker: str) -> None:
    """What `worker` took by itself is done."""
    for task in _running():
        if task.worker_ids[-1:] == [worker]:
            task.set_successful(None)


def look_after(worker: str) -> int:
    """Renew the leases of what `worker` runs, and put back what nobody runs any more; how many tasks those were."""
    for task in _running():
        if task.worker_ids[-1:] == [worker]:
            Lease.objects.update_or_create(task=task.pk, defaults={"renewed_at": Now()})
        else:
            # Of one whose worker died before it had a lease, the time begins when somebody notices.
            Lease.objects.get_or_create(task=task.pk, defaults={"renewed_at": Now()})
    return sum(_put_back(lease.task) for lease in list(_lapsed()))


def _running() -> "QuerySet[DBTaskResult[Any, Any]]":
    return DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)


def _lapsed() -> QuerySet[Lease]:
    return Lease.objects.filter(renewed_at__lt=Now() - LEASE)


@transaction.atomic
def _put_back(task: UUID) -> bool:
    """Whether this call did it: the lease goes once. Of a finished task no more than the lease is left."""
    gone, _ = _lapsed().filter(task=task).delete()
    return bool(gone) and bool(_running().filter(pk=task).update(status=TaskResultStatus.READY))


def tidy() -> int:
    """Forget the tasks that were finished long ago; how many."""
    over = DBTaskResult.objects.filter(finished_at__lt=timezone.now() - RESULTS_KEPT)
    return over.delete()[0]
