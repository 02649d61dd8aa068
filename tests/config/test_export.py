"""`export FILE`."""

import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bookplate.catalog.models import Book, Copy

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    book = Book.objects.create(title="Emma")
    Copy.objects.create(book=book, barcode="DESK", visibility="owner")
    Book.objects.create(title="Persuasion")
    return tmp_path


def test_the_name_says_the_format_and_all_copies_are_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export", str(folder / "books.CSV"))

    lines = (folder / "books.CSV").read_text("utf-8-sig").splitlines()
    assert [line[:4] for line in lines[1:]] == ["Emma", "Pers"]
    assert ",DESK," in lines[1]
    assert capsys.readouterr().out == f"2 books are in {folder / 'books.CSV'}.\n"


def test_only_what_a_search_finds(folder: Path) -> None:
    call_command("export", str(folder / "list"), "--format", "bibtex", "--search", "persuasion")

    assert (folder / "list").read_text().count("@book{") == 1


def test_what_is_wrong_is_told_and_nothing_is_left(folder: Path) -> None:
    with pytest.raises(CommandError, match="does not say which format is wanted"):
        call_command("export", str(folder / "books.pdf"))
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        call_command("export", str(folder / "nowhere" / "books.csv"))
    assert list(folder.iterdir()) == []


def test_a_dash_is_the_standard_output(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    call_command("export", "-", "--format", "csv")

    out, _ = capfdbinary.readouterr()
    assert [line[:4] for line in out.splitlines()[1:]] == [b"Emma", b"Pers"]


def test_a_pipe_gets_the_books_and_stays_a_pipe(folder: Path) -> None:
    """As root it was replaced with a file, and so would /dev/null have been."""
    os.mkfifo(folder / "pipe")
    with os.fdopen(os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)) as reader:
        call_command("export", str(folder / "pipe"), "--format", "bibtex")
        assert reader.read().count("@book{") == 2
    assert (folder / "pipe").is_fifo()


def test_a_link_leads_to_the_new_export(folder: Path) -> None:
    (folder / "latest.csv").symlink_to(folder / "books.csv")
    call_command("export", str(folder / "latest.csv"))

    assert (folder / "latest.csv").is_symlink()
    assert (folder / "books.csv").is_file()
