"""Imports in the worker."""

import pytest

from bookplate.catalog.importing import pipeline, tasks
from bookplate.catalog.importing.models import State
from bookplate.catalog.models import Book
from tests.catalog.importing.conftest import Bring, counts

pytestmark = pytest.mark.django_db


def test_the_task_brings_the_file_in_once(receive: Bring) -> None:
    job = receive("title\nSolaris\n")
    tasks.bring_in.call(job.pk)
    tasks.bring_in.call(job.pk)

    job.refresh_from_db()
    assert (job.state, counts(job), Book.objects.count()) == (State.DONE, (1, 1, 0, 0, 0), 1)


def test_an_import_that_is_gone_is_no_error() -> None:
    tasks.bring_in.call(1)


def test_a_surprise_is_logged_and_told(
    receive: Bring, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(job: object) -> None:
        raise RuntimeError("a fault of ours")

    job = receive("title\nSolaris\n")
    with monkeypatch.context() as patch:
        patch.setattr(pipeline._Writer, "_outcome", lambda self, items: broken(items))
        tasks.bring_in.call(job.pk)

    job.refresh_from_db()
    assert (job.state, job.problem.partition(";")[0]) == (State.FAILED, "Something unexpected happened after record 0")
    assert "a fault of ours" in caplog.text
    tasks.bring_in.call(job.pk)
    job.refresh_from_db()
    assert (job.state, job.problem, job.created) == (State.DONE, "", 1)
