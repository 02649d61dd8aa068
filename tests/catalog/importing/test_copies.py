"""A list that is brought in can be lent at once: each new book comes with its copies."""

from pathlib import Path

import pytest
from django.core.management import call_command

from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book, Copy
from bookplate.core.models import Event

pytestmark = pytest.mark.django_db

LIST = "title,author\nSolaris,Stanisław Lem\nEmma,Jane Austen\nSolaris,Stanisław Lem\n"


@pytest.fixture
def list_file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    return path


@pytest.mark.parametrize(
    ("options", "each"), [([], 1), (["--copies", "3"], 3), (["--copies", "0"], 0), (["--dry-run"], 0)]
)
def test_each_new_book_gets_its_copies_once(list_file: Path, options: list[str], each: int) -> None:
    Book.objects.create(title="Emma", author="Jane Austen")
    for _ in range(2):
        call_command("import_books", str(list_file), *options)

    assert list(Copy.objects.values_list("book__title", flat=True)) == ["Solaris"] * each
    told = [event.copy for event in Event.objects.filter(type="copy.added")]
    assert told == list(Copy.objects.values_list("pk", flat=True))
    assert {job.read for job in Import.objects.all()} == {3}
