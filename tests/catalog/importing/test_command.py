"""`import_books FILE`."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from bookplate.catalog.importing import pipeline
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.importing.tasks import bring_in
from bookplate.catalog.models import Book
from bookplate.core import tasks
from bookplate.core.models import Lease

pytestmark = pytest.mark.django_db


@pytest.fixture
def list_(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("title,isbn\nSolaris,\nBad,12\n")
    return path


def run(*arguments: object) -> list[str]:
    out = StringIO()
    call_command("import_books", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def test_it_says_what_became_of_each_row_and_where_the_failed_ones_are(list_: Path, uploads: Path) -> None:
    lines = run(list_)

    failed = uploads / "imports" / str(Import.objects.get().pk) / "list-failed.csv"
    undo = f"To take all of it back: bookplate undo_import {Import.objects.get().pk}"
    counts = "2 rows: 1 created, 0 updated, 0 unchanged, 1 failed"
    assert lines == [counts, undo, f"To mend and bring in again: {failed}"]
    assert failed.read_text("utf-8-sig").splitlines()[0] == "bookplate_row,bookplate_reason,title,isbn"


def test_it_names_the_columns_that_there_is_no_place_for(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Werk;Stars\nSolaris;5\n")

    told = "Columns that Bookplate has no place for: Stars."
    assert run(tmp_path / "list.csv", "--columns", "title=Werk")[1] == told


def test_the_failed_file_goes_where_it_is_wanted(list_: Path, tmp_path: Path) -> None:
    run(list_, "--failed", tmp_path / "mend.csv")

    assert (tmp_path / "mend.csv").read_text("utf-8-sig").count("\n") == 2


def test_a_second_run_creates_nothing(list_: Path) -> None:
    run(list_)

    assert run(list_)[0] == "2 rows: 0 created, 0 updated, 1 unchanged, 1 failed"


def test_a_dry_run_changes_nothing(list_: Path) -> None:
    lines = run(list_, "--dry-run")

    assert lines[0] == "2 rows: 1 created, 0 updated, 0 unchanged, 1 failed (only tried, nothing was changed)"
    assert Book.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing.csv", "missing.csv cannot be read: No such file or directory."),
        ("", "cannot be read: Is a directory."),
        ("notes.txt", "notes.txt: This kind of file is not known."),
        ("table.csv", "and what the others are. Say it so: --columns title=Werk,author=2"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "notes.txt").write_text("Dear diary")
    (tmp_path / "table.csv").write_text("A,B\nOne,Two\n")
    with pytest.raises(CommandError) as refused:
        run(tmp_path / name)

    assert (sentence in str(refused.value), refused.value.returncode) == (True, 1)


def test_columns_that_are_not_told_as_they_should_be_are_explained(list_: Path) -> None:
    with pytest.raises(CommandError, match="'title' is no FIELD=COLUMN; write for example title=Werk,author=2"):
        run(list_, "--columns", "title")


def test_a_dash_is_the_standard_input(list_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with list_.open() as piped:
        monkeypatch.setattr("sys.stdin", piped)
        assert run("-")[0] == "2 rows: 1 created, 0 updated, 0 unchanged, 1 failed"

    assert Import.objects.get().name == "stdin"


class Killed(BaseException):
    pass


def after_two_rows(monkeypatch: pytest.MonkeyPatch, path: Path, act: Callable[[], None]) -> list[str]:
    """What a run says in which this happens when the second of three rows is in."""
    monkeypatch.setattr(pipeline, "BATCH", 1)
    path.write_text("title\nOne\nTwo\nThree\n")
    real = pipeline.run

    def look(job: Import) -> None:
        if job.read == 2:
            act()

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "run", lambda job, progress: real(job, look))
        return run(path)


def end_with(error: BaseException) -> None:
    raise error


def test_ctrl_c_keeps_what_came_in_and_says_how_to_go_on(list_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError) as stopped:
        after_two_rows(monkeypatch, list_, lambda: end_with(KeyboardInterrupt()))

    # Else all that it was in the midst of lives on, and complains of the closed connection at the end.
    assert stopped.value.__context__ is None
    assert (stopped.value.returncode, Import.objects.get().state, Book.objects.count()) == (130, State.CANCELLED, 2)
    assert str(stopped.value) == (
        "Stopped after 2 rows: 2 created, 0 updated, 0 unchanged, 0 failed; "
        "cancelled after row 3. These stay. "
        "Run the same command again to go on: nothing comes in twice."
    )
    assert DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL
    assert run(list_)[0] == "3 rows: 1 created, 0 updated, 2 unchanged, 0 failed"


def nobody_renews() -> None:
    Lease.objects.update(renewed_at=timezone.now() - tasks.LEASE - timedelta(seconds=1))


def test_a_worker_leaves_an_import_alone_while_its_command_runs(list_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, str]] = []
    act: Callable[[], None] = lambda: seen.append((tasks.look_after("worker"), DBTaskResult.objects.get().status))  # noqa: E731
    said = after_two_rows(monkeypatch, list_, act)

    assert (seen, said[0]) == ([(0, "RUNNING")], "3 rows: 3 created, 0 updated, 0 unchanged, 0 failed")
    nobody_renews()
    assert (tasks.look_after("worker"), DBTaskResult.objects.get().status) == (0, TaskResultStatus.SUCCESSFUL)


def test_a_worker_goes_on_where_a_killed_command_was(list_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Killed):
        after_two_rows(monkeypatch, list_, lambda: end_with(Killed()))
    nobody_renews()

    assert (tasks.look_after("worker"), DBTaskResult.objects.get().status) == (1, TaskResultStatus.READY)
    bring_in.call(*DBTaskResult.objects.get().args_kwargs["args"])
    job = Import.objects.get()
    assert (job.state, job.read, job.created, Book.objects.count()) == (State.DONE, 3, 3, 3)


def test_a_command_that_stood_still_for_too_long_says_who_goes_on(list_: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken_up() -> None:
        nobody_renews()
        tasks.look_after("worker")
        Import.objects.update(position=F("position") + 1)  # by the worker

    with pytest.raises(CommandError) as told:
        after_two_rows(monkeypatch, list_, taken_up)

    assert str(told.value) == (
        "This command stood still for too long. A worker has taken the import up and goes on with it; "
        "the page “Bring lists in” shows how far it is."
    )
    assert DBTaskResult.objects.get().status == TaskResultStatus.READY
