"""Whether the day or the month comes first, chosen by whoever brings a list in."""

from pathlib import Path

import pytest
from django.core.management import call_command

from bookplate.catalog.importing.models import Import
from bookplate.people.models import Member
from tests.catalog.importing.conftest import failures
from tests.lending.moving.conftest import members

pytestmark = pytest.mark.django_db

OPEN = "card,name,expires\n1,Ann,03/04/2027\n"
TOLD = OPEN + "2,Ben,12/31/2027\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def brought_in(file: Path, content: str, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    file.write_text(content)
    call_command("import_people", str(file), *options)
    return capsys.readouterr().out


@pytest.mark.parametrize(("chosen", "end"), [("day", "2027-04-03"), ("month", "2027-03-04")])
def test_what_is_chosen_counts(file: Path, capsys: pytest.CaptureFixture[str], chosen: str, end: str) -> None:
    said = brought_in(file, OPEN, capsys, "--dates", chosen)

    assert f"Dates such as 03/04/2026 were read with the {chosen} first, as was chosen." in said
    assert [str(ends) for *_, ends, _ in members()] == [end]


def test_a_try_says_how_dates_are_read(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = brought_in(file, TOLD, capsys, "--dry-run")

    assert "Dates such as 03/04/2026 were read with the month first, as other dates of the file tell." in said
    assert not Member.objects.exists()


def test_what_nobody_says_fails_and_is_mended_by_saying_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = brought_in(file, OPEN, capsys)
    assert ("Dates such as" in said, [field for _, field, _ in failures(Import.objects.get())]) == (
        False,
        ["expires_on"],
    )

    failed = Import.objects.get().home / "list-failed.csv"
    brought_in(file, failed.read_text(), capsys, "--dates", "month")
    assert [str(ends) for *_, ends, _ in members()] == ["2027-03-04"]


def test_a_list_of_books_has_no_such_dates(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "1 created" in brought_in(file, "title,author\nEmma,Jane Austen\n", capsys, "--dates", "day")
    assert Import.objects.get().format == "csv"
