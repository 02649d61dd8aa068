"""A list that has barcodes brings the copies in that carry them, so that loans can follow."""

import pytest

from bookplate.catalog.importing import pipeline
from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book, Copy
from bookplate.core.models import Event
from tests.catalog.importing.conftest import Bring, counts, failures, marc

pytestmark = pytest.mark.django_db

KOHA = """title,author,isbn,barcode,itemcallnumber
Solaris,Stanislaw Lem,9780156027601,B1,SF LEM
Solaris,Stanislaw Lem,9780156027601,B2,SF LEM
Emma,Jane Austen,,B3,
Dune,Frank Herbert,,,SF HER
"""


@pytest.fixture(params=[500, 1])
def lend(receive: Bring, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Bring a list of books in that are here, all in one batch and each in one of its own."""
    monkeypatch.setattr(pipeline, "BATCH", request.param)

    def lend(content: str, *, copies: int = 1, dry_run: bool = False) -> Import:
        job = receive(content, dry_run=dry_run)
        job.copies = copies
        job.save()
        return pipeline.run(job)

    return lend


def shelf() -> list[tuple[str, str, str]]:
    return list(Copy.objects.order_by("id").values_list("book__title", "barcode", "shelfmark"))


def test_each_row_is_a_copy(lend: Bring) -> None:
    tried, job = lend(KOHA, dry_run=True), lend(KOHA)

    dune = Copy.objects.get(book__title="Dune")
    assert (counts(tried), counts(job)) == ((4, 3, 1, 0, 0), (4, 3, 1, 0, 0))
    assert shelf() == [
        ("Solaris", "B1", "SF LEM"),
        ("Solaris", "B2", "SF LEM"),
        ("Emma", "B3", ""),
        ("Dune", dune.barcode, "SF HER"),
    ]
    assert Event.objects.filter(type="copy.added").count() == 4


def test_the_same_list_again_adds_none(lend: Bring) -> None:
    lend(KOHA)

    assert (counts(lend(KOHA)), Copy.objects.count()) == ((4, 0, 0, 4, 0), 4)


def test_a_barcode_on_another_book_fails(lend: Bring) -> None:
    emma = Book.objects.create(title="Emma")
    Copy.objects.create(book=emma, barcode="B1")
    content = "title,barcode\nSolaris,B1\nSolaris,B2\nDune,B2\nEmma,B1\n"
    tried, job = lend(content, dry_run=True), lend(content)

    assert (counts(job), failures(job)) == (counts(tried), failures(tried))
    assert failures(job) == [
        (2, "barcode", "The barcode B1 is on a copy of “Emma” here."),
        (4, "barcode", "The barcode B2 is on a copy of “Solaris” here."),
    ]


def test_books_that_are_not_here_get_none(lend: Bring) -> None:
    assert (counts(lend(KOHA, copies=0)), shelf()) == ((4, 3, 0, 1, 0), [])


@pytest.mark.parametrize("bars", ["9780156027601", "978-0-15-602760-1", "9.78E+12", "N/A"])
def test_the_publishers_bars_are_no_copys(lend: Bring, bars: str) -> None:
    lend(f"title,isbn,barcode\nSolaris,9780156027601,{bars}\n")

    assert Copy.objects.get().barcode not in bars


def test_what_cannot_be_a_barcode_is_told(lend: Bring) -> None:
    job = lend(f"title,barcode\nSolaris,3.45E+12\nEmma,{'x' * 61}\n")

    assert failures(job) == [
        (2, "barcode", "A spreadsheet has rounded the number of the copy to 3.45E+12. Write it out as text."),
        (3, "barcode", "The barcode has 61 characters; at most 60 can be kept."),
    ]


def test_items_of_a_marc_record_become_copies(receive: Bring) -> None:
    record = marc(
        ("245", "10$aSolaris"), ("952", "  $oSF LEM$pB1"), ("952", "  $pB2"), ("952", "  $pB1"), ("952", "  $oX")
    )
    jobs = [receive(record, "items.mrc", dry_run=dry) for dry in (True, False, False)]
    Import.objects.update(copies=3)
    done = [pipeline.run(Import.objects.get(pk=job.pk)) for job in jobs]

    assert list(map(counts, done)) == [(1, 1, 0, 0, 0), (1, 1, 0, 0, 0), (1, 0, 0, 1, 0)]
    assert shelf() == [("Solaris", "B1", "SF LEM"), ("Solaris", "B2", "")]


def test_an_isbn_without_a_title_is_a_book_that_is_here(bring: Bring) -> None:
    Book.objects.create(title="Solaris", isbn="9780156027601")
    listed, table = bring("9780156027601\n0-06-085398-0\n"), bring("isbn,author\n9780156027601,Lem\n")

    assert (listed.format, counts(listed), counts(table)) == ("isbns", (2, 0, 0, 1, 1), (1, 0, 1, 0, 0))
    assert failures(listed) == [
        (2, "title", "There is no title, and no book with the ISBN 9780060853983 here that could tell it.")
    ]
