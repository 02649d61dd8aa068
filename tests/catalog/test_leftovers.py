"""What was cut off, or belongs to what is gone, leaves the disk."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from bookplate.catalog import covers, leftovers
from bookplate.catalog.importing import intake
from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book
from bookplate.lending import merging
from tests.upstream import picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def age(folder: Path) -> None:
    before = time.time() - leftovers.AGE - 60
    for path in folder.rglob("*"):
        os.utime(path, (before, before))


def names(folder: Path) -> set[str]:
    return {path.name.partition("-")[0] for path in folder.rglob("*.jpg")}


def test_what_was_cut_off_goes_a_day_later(uploads: Path) -> None:
    cut = [uploads / "imports" / "arriving-1", uploads / "covers" / "ab" / "arriving-2"]
    for path in cut:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"half")

    assert leftovers.tidy() == 0
    age(uploads)
    assert (leftovers.tidy(), [path.exists() for path in cut]) == (2, [False, False])


def test_covers_go_with_their_books_but_not_with_those_that_may_come_back(uploads: Path) -> None:
    shown, hers, his, nobodys = (covers.keep(picture(colour=colour)) for colour in ("red", "blue", "teal", "pink"))
    Book.objects.create(title="Emma", cover=shown)
    one, other = (Book.objects.create(title="Dune", cover=cover) for cover in (hers, his))
    merging.merge(one, other, {})
    age(uploads)

    assert nobodys in names(uploads)
    assert (leftovers.tidy(), names(uploads)) == (2, {shown, hers, his})


def test_the_file_of_an_import_goes_with_it(uploads: Path) -> None:
    path = uploads / "list.csv"
    path.write_text("title\nEmma\n")
    jobs = [intake.receive(path.open("rb"), "list.csv", by=None) for _ in range(2)]
    Import.objects.filter(pk=jobs[0].pk).delete()
    age(uploads)

    assert leftovers.tidy() == 1
    assert [job.has_file for job in jobs] == [False, True]


def test_where_nothing_was_ever_kept_there_is_nothing_to_do() -> None:
    assert leftovers.tidy() == 0
