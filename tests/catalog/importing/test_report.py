"""The failed records come back as a file that can be mended and brought in again."""

from pathlib import Path

import pytest

from bookplate.catalog.importing import report
from bookplate.core.cells import safe
from tests.catalog.importing.conftest import Bring, counts, failures, marc, simple_marc, titles

pytestmark = pytest.mark.django_db

LIST = 'Title;Autor;ISBN;Notiz\nGut;x;;\n"Schlecht; ""böse""\nzweizeilig";y;"=""0261102215""";=1+1\nZu;viele;;;Zellen\n'


def test_failed_rows_keep_their_header_and_every_cell(bring: Bring) -> None:
    job = bring(LIST)

    wrong = '=""0261102215"" is not an ISBN: its check digit does not agree, so a digit is wrong or missing.'
    too_many = "The row has 5 cells where the header has 4. A cell that holds a “;” needs quotation marks."
    assert b"".join(report.failed_file(job)).decode() == (
        "\ufeffbookplate_row;bookplate_reason;Title;Autor;ISBN;Notiz\r\n"
        f'3;"\'{wrong}";"Schlecht; ""böse""\nzweizeilig";y;"=""0261102215""";=1+1\r\n'
        f'4;"{too_many}";Zu;viele;;;Zellen\r\n'
    )


def test_a_mended_file_comes_in(bring: Bring) -> None:
    failed = b"".join(report.failed_file(bring(LIST)))
    mended = failed.replace(b"0261102215", b"0261102214").replace(b"viele;;;Zellen", b"viele;;Zellen")
    job = bring(mended)

    assert (counts(job), titles()) == ((2, 2, 0, 0, 0), ["Gut", 'Schlecht; "böse" zweizeilig', "Zu"])


def test_what_was_not_mended_fails_again_and_our_columns_do_not_pile_up(bring: Bring) -> None:
    first = b"".join(report.failed_file(bring(LIST)))
    again = b"".join(report.failed_file(bring(first)))

    assert [line.split(";", 2)[2] for line in again.decode().splitlines()[::2]] == [
        line.split(";", 2)[2] for line in first.decode().splitlines()[::2]
    ]
    assert again.decode().count("bookplate_") == 2


def test_a_row_that_was_cut_within_a_letter_comes_back(bring: Bring) -> None:
    job = bring(b"title\nA" + b"\xe9" * 1_000_000 + b"\nGood\n")
    header, row, *rest = b"".join(report.failed_file(job)).decode("utf-8-sig").splitlines()

    assert (counts(job), header, rest) == ((2, 1, 0, 0, 1), "bookplate_row,bookplate_reason,title", [])
    assert row.startswith('2,"This row has more than 1,000,000 characters. Perhaps a quotation mark is missing.",A\xe9')


def test_a_goodreads_export_stays_one(bring: Bring) -> None:
    from tests.catalog.importing.test_goodreads import OLD, row

    job = bring(f"{OLD}\n{row('Bad', isbn13='=' + chr(34) + '12' + chr(34))}\n")
    mended = b"".join(report.failed_file(job)).replace(b'"=""12"""', b'"=""9780261102217"""')
    again = bring(mended)

    assert (again.format, counts(again)) == ("goodreads", (1, 1, 0, 0, 0))


def test_failed_marc_records_come_back_untouched_with_a_list_of_reasons(bring: Bring) -> None:
    broken = simple_marc("Two").replace(b"Two", b"T\xbfo")
    job = bring(simple_marc("One") + broken + marc(("020", "  $a12345678"), ("245", "10$aThree")), "list.mrc")
    files = report.save(job)

    assert [path.name for path in files] == ["list-failed.mrc", "list-failed-reasons.csv"]
    assert files[0].read_bytes() == b"".join(bytes(one.content) for one in job.failures.all())
    assert files[0].read_bytes().startswith(broken)
    offsets = [failure.offset for failure in job.failures.all()]
    assert files[1].read_text("utf-8-sig").splitlines() == [
        "record,byte,field,reason",
        f"2,{offsets[0]},245,Field 245 is not UTF-8: its byte 2 is wrong.",
        f"3,{offsets[1]},isbn,12345678 is not an ISBN: it has 8 digits instead of 10 or 13.",
    ]
    assert failures(bring(files[0].read_bytes(), "again.mrc")) == [
        (n, f, r) for n, (_, f, r) in enumerate(failures(job), 1)
    ]


def test_failed_xml_records_come_back_as_a_collection(bring: Bring) -> None:
    from tests.catalog.importing.test_marcxml import HEAD, OTHER, RECORD

    job = bring(f"{HEAD}{OTHER}{RECORD.replace('9780061054884', '9780061054885')}</collection>", "list.xml")
    mended = b"".join(report.failed_file(job)).replace(b"9780061054885", b"9780061054884")

    assert counts(bring(mended, "mended.xml")) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_reasons_cannot_run_in_a_spreadsheet(start: str) -> None:
    assert safe(f"{start}1+1") == f"'{start}1+1"


def test_nothing_failed_nothing_written(bring: Bring, tmp_path: Path) -> None:
    job = bring("title\nSolaris\n")

    assert (report.save(job, tmp_path / "failed.csv"), (tmp_path / "failed.csv").exists()) == ([], False)


def test_the_line_adds_up(bring: Bring) -> None:
    assert (
        report.summary(bring("title\nSolaris\nSolaris\n,\n")) == "2 rows: 1 created, 0 updated, 1 unchanged, 0 failed"
    )
    skipped = bring(marc(("245", "10$aX"), leader="czm a"), "list.mrc")
    assert report.summary(skipped) == "1 record: 0 created, 0 updated, 0 unchanged, 0 failed, 1 skipped (no books)"
