"""Real exports and catalogues: every row accounted for, nothing raises, a second run creates nothing."""

import csv
import time
from pathlib import Path

import pytest

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.models import Book
from tests.catalog.importing.conftest import Bring, counts

pytestmark = pytest.mark.django_db


def adds_up(job: Import) -> bool:
    return job.read == job.created + job.updated + job.unchanged + job.failed + job.skipped == job.read


def test_goodreads_every_row_is_accounted_for(shared_data: Path, bring: Bring) -> None:
    content = (shared_data / "exports/argv1+goodXtausch/goodreads_library_export.csv").read_bytes()

    assert counts(bring(content)) == (1451, 1439, 0, 0, 12)
    assert counts(bring(content)) == (1451, 0, 0, 1439, 12)
    assert counts(bring(content, dry_run=True)) == (1451, 0, 0, 1439, 12)


def test_goodreads_the_379_without_an_isbn_are_kept(shared_data: Path, bring: Bring) -> None:
    path = shared_data / "exports/argv1+goodXtausch/goodreads_library_export.csv"
    with path.open(encoding="utf-8", newline="") as file:
        bare = [row for row in csv.DictReader(file) if row["ISBN"] == '=""']
    job = bring(path.read_bytes())

    assert (len(bare), len([row for row in bare if row["ISBN13"] == '=""'])) == (379, 293)
    assert Book.objects.filter(isbn=None).count() == 293
    assert job.failed == 12
    kept = set(Book.objects.values_list("title", flat=True))
    # One of the 379 has an ISBN-13 with a digit missing, and is among the failed.
    missing = [row["ISBN13"] for row in bare if " ".join(row["Title"].split()) not in kept]
    assert missing == ['="978386342098"']


def test_koha_sample_catalogue(shared_data: Path, bring: Bring) -> None:
    content = (shared_data / "marc/joubu+koha-misc4dev/koha_biblio_metadata_1812.xml").read_bytes()
    first, second = bring(content, "koha.xml"), bring(content, "koha.xml")

    assert (counts(first), counts(second)) == ((435, 431, 0, 3, 1), (435, 0, 0, 434, 1))


def test_goodbooks_ten_thousand_rows_in_time(shared_data: Path, bring: Bring) -> None:
    content = (shared_data / "lists/zygmuntz+goodbooks-10k/books.csv").read_bytes()
    began = time.process_time()
    job = bring(content)

    # Alone on the machine the clock says nearly the same; beside other tests only this is fair.
    assert time.process_time() - began < 10
    assert counts(job) == (10000, 9839, 0, 0, 161)
    assert Book.objects.filter(published_year__lt=0).count() == 31
    assert counts(bring(content))[1] == 0


def all_of(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.rglob("*") if path.suffix in (".csv", ".tsv", ".mrc", ".dat", ".marc", ".xml")
    )


@pytest.mark.long
@pytest.mark.parametrize("folder", ["exports", "marc"])
def test_every_file_adds_up_and_a_second_run_creates_nothing(shared_data: Path, bring: Bring, folder: str) -> None:
    files = [path for path in all_of(shared_data / folder) if path.stat().st_size < 1_500_000]
    known = [path for path in files if readers.recognise(path.read_bytes()[: readers.HEAD])]
    seen: list[str] = []
    for path in known:
        if b"encoding='UTF-16'" in path.read_bytes()[:100] or b'encoding="utf-16"' in path.read_bytes()[:100].lower():
            continue
        first, second = bring(path.read_bytes(), path.name), bring(path.read_bytes(), path.name)
        if not (
            adds_up(first) and adds_up(second) and second.created == 0 and first.state == second.state == State.DONE
        ):
            seen.append(str(path))

    assert seen == []
    assert len(known) > (20 if folder == "exports" else 250)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("NYULibraries+aco-karms/ACO_NNC_final.mrc", 3055),
        ("NYULibraries+aco-karms/ACO_NNU_orig.mrc", 1371),
        ("NYULibraries+aco-karms/ACO_LeBAU_final.mrc", 3934),
        ("xbib+marc/src/test/resources/org/xbib/marc/dialects/unimarc/periouni.mrc", 3064),
        ("folio-org+mod-data-import/src/test/resources/2500.mrc", 2500),
    ],
)
def test_large_files(shared_data: Path, bring: Bring, name: str, records: int) -> None:
    content = (shared_data / "marc" / name).read_bytes()
    first, second = bring(content, "list.mrc"), bring(content, "list.mrc")

    assert (first.read, adds_up(first), first.failed) == (records, True, 0)
    assert (second.created, second.updated) == (0, 0)
