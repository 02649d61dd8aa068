"""`import_books FILE`."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bookplate.catalog.importing import pipeline
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.models import Book

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
    assert lines == ["2 rows: 1 created, 0 updated, 0 unchanged, 1 failed", f"To mend and bring in again: {failed}"]
    assert failed.read_text("utf-8-sig").splitlines()[0] == "bookplate_row,bookplate_reason,title,isbn"


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
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "notes.txt").write_text("Dear diary")
    with pytest.raises(CommandError) as refused:
        run(tmp_path / name)

    assert (sentence in str(refused.value), refused.value.returncode) == (True, 1)


def test_ctrl_c_keeps_what_came_in_and_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 1)
    written: list[int] = []

    def interrupted(job: Import) -> None:
        written.append(1)
        if len(written) == 2:
            raise KeyboardInterrupt

    path = tmp_path / "list.csv"
    path.write_text("title\nOne\nTwo\nThree\n")
    real = pipeline.run
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "run", lambda job, progress: real(job, interrupted))
        with pytest.raises(CommandError) as stopped:
            run(path)

    assert (stopped.value.returncode, Import.objects.get().state, Book.objects.count()) == (130, State.CANCELLED, 2)
    assert str(stopped.value) == (
        "Stopped after 2 rows: 2 created, 0 updated, 0 unchanged, 0 failed. These stay. "
        "Run the same command again to go on: nothing comes in twice."
    )
    assert run(path)[0] == "3 rows: 1 created, 0 updated, 2 unchanged, 0 failed"
