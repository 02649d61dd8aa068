"""What is taken in and what is refused: a sentence, nothing left behind, no memory blown up."""

import resource
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from bookplate.catalog.importing import intake
from bookplate.catalog.importing.models import Import, State
from bookplate.core.errors import Invalid
from bookplate.people.models import User
from tests.catalog.importing.conftest import Bring, counts, failures, simple_marc, titles
from tests.catalog.importing.test_unpacking import zipped

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This looks like a picture. Accepted are:"),
        (b"\xef\xbb\xbf <xml></xml>", "This looks like XML without MARC records."),
        (b"\xef\xbb\xbf <HTML><table></table></html>", "This looks like a web page, even where its name ends in .xls."),
        (b"=LDR  00000nam a2200000 a 4500\n=245  10$aEmma\n", "This looks like MARC written out as text"),
        (b"@Book{a, title={Emma}, author={Jane Austen}}\n", "This looks like BibTeX."),
        (
            zipped(("mimetype", b"x"), ("content.xml", b"<x/>")),
            "This is an OpenDocument file (LibreOffice). Save it as XLSX",
        ),
        (b"hello", "This kind of file is not known. Accepted are:"),
        (b"\0" * 5000, "This kind of file is not known. Accepted are:"),
        (b'"' * 200_000, "This kind of file is not known. Accepted are:"),
        (b"\xff\xfe" + b"\xd8" * 1001, "This kind of file is not known. Accepted are:"),
        (b"title" + b",x" * 5000 + b"\n" + b"1," * 5000, "The table has 5,001 columns; at most 500 are read."),
        (b"x" * 50_000_000, "This kind of file is not known. Accepted are:"),
    ],
    ids=lambda value: f"{value[:4]!r}",
)
def test_what_is_no_list_is_refused_in_a_sentence(receive: Bring, uploads: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        receive(content)

    assert str(refused.value).startswith(sentence)
    assert (list(refused.value.errors), Import.objects.count(), list(uploads.rglob("*"))) == (
        ["file"],
        0,
        [uploads / "imports"],
    )


def test_a_file_over_the_limit_is_refused(receive: Bring, settings: Settings, uploads: Path) -> None:
    settings.UPLOAD_LIMIT = 1_000_000
    with pytest.raises(Invalid, match="larger than 1 MB"):
        receive(b"title\n" + b"x" * 1_000_000)

    assert list(uploads.rglob("*")) == [uploads / "imports"]


def test_the_format_is_told_by_the_content_not_the_name(receive: Bring) -> None:
    assert receive(simple_marc("The Telling"), "list.csv").format == "marc"
    assert receive("title\nThe Telling\n", "list.mrc").format == "csv"


def test_an_upload_is_kept_as_it_came(alice: User, uploads: Path) -> None:
    job = intake.receive(SimpleUploadedFile("my list.csv", b"title\nSolaris\n"), "my list.csv", by=alice)

    assert (job.name, job.by, job.state, job.size) == ("my list.csv", alice, State.WAITING, 14)
    assert job.original == uploads / "imports" / str(job.pk) / "original"
    assert job.original.read_bytes() == b"title\nSolaris\n"


@pytest.mark.parametrize(
    ("given", "shown"),
    [("../../etc/passwd", "passwd"), ("C:\\lists\\a.csv", "a.csv"), ("a\0\n\u202eb.csv", "ab.csv"), ("", "unnamed")],
)
def test_the_name_is_only_shown(receive: Bring, given: str, shown: str) -> None:
    job = receive("title\nSolaris\n", given)

    assert (job.name, job.original.parent.name) == (shown, str(job.pk))


def test_one_line_of_50_mb_costs_one_row_and_no_memory(bring: Bring) -> None:
    content = b"title\nOne\n" + b"x" * 50_000_000 + b"\nThree\n"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    job = bring(content)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (titles(), counts(job)) == (["One", "Three"], (3, 2, 0, 0, 1))
    assert failures(job) == [
        (3, "", "This row has more than 1,000,000 characters. Perhaps a quotation mark is missing.")
    ]
    assert grown < 100_000  # kilobytes: the content itself, held by the test, is half of it


def test_megabytes_that_are_no_record_cost_one_record(bring: Bring) -> None:
    one, two = simple_marc("One"), simple_marc("Two")
    job = bring(one + b"x" * 9_000_000 + b"\x1d" + two, "list.mrc")

    assert (titles(), counts(job)) == (["One", "Two"], (3, 2, 0, 0, 1))
    assert [failure.offset for failure in job.failures.all()] == [len(one)]


def test_quotation_marks_without_end_take_no_time(bring: Bring) -> None:
    job = bring("title,author\n" + '"a,b\nc,d\n' * 20_000)

    assert job.read == job.created + job.updated + job.unchanged + job.failed
