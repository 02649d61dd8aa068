"""Excel workbooks."""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from pytest_django import Settings

from bookplate.catalog.importing import intake, mapping, pipeline, report
from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.unpacking import workbook
from bookplate.catalog.models import Book, Copy
from bookplate.core.errors import Invalid
from bookplate.people.models import Member
from tests.catalog.importing.conftest import Bring, counts, failures, titles

pytestmark = pytest.mark.django_db

HEADER = ("Title", "Author", "ISBN", "Year")
EMMA = ("Emma", "Jane Austen", 9780141439587, 1815)


def book(*sheets: list[Any], hidden: Sequence[int] = ()) -> bytes:
    made, kept = openpyxl.Workbook(), io.BytesIO()
    made.remove(made.worksheets[0])
    for number, rows in enumerate(sheets, 1):
        sheet = made.create_sheet(f"Shelf {number}")
        sheet.sheet_state = "hidden" if number in hidden else "visible"
        for row in rows:
            sheet.append(row)
    made.save(kept)
    return kept.getvalue()


def with_part(packed: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its parts changed."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, change(content) if part == name else content)
    return kept.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_numbers_are_believed_as_they_were_typed(bring: Bring) -> None:
    rows = [
        HEADER,
        EMMA,
        ("Solaris", "Lem", None, 1961.0),
        ("Dune", "Herbert", 441172717, datetime(1965, 8, 1)),
        ("1984", "Orwell", "978-0-14-103614-4", "c1949"),
    ]
    job = bring(book(rows), "books.xlsx")

    assert (counts(job), job.format, job.name) == ((4, 4, 0, 0, 0), "csv", "books.xlsx")
    assert list(Book.objects.order_by("pk").values_list("title", "isbn", "published_year")) == [
        ("Emma", "9780141439587", 1815),
        ("Solaris", None, 1961),
        ("Dune", "9780441172719", 1965),
        ("1984", "9780141036144", 1949),
    ]


@pytest.mark.parametrize("written", [b"<v>9.780141439587E+12</v>", b"<v>9780141439587.0</v>"])
def test_a_number_with_an_exponent_is_whole_when_its_digits_are(bring: Bring, written: bytes) -> None:
    packed = with_part(book([HEADER, EMMA]), SHEET, lambda xml: xml.replace(b"<v>9780141439587</v>", written))
    bring(packed)

    assert Book.objects.get().isbn == "9780141439587"


def test_what_lost_its_digits_is_reported(bring: Bring) -> None:
    job = bring(book([HEADER, ("Emma", "", "9.78014E+12", 1815), ("Dune", "", 9780140000000.0, 1965)]))

    assert [(position, field) for position, field, _ in failures(job)] == [(2, "isbn"), (3, "isbn")]
    assert "9.78014E+12" in failures(job)[0][2]


def test_the_first_sheet_that_is_a_list_is_read_where_it_stands(bring: Bring) -> None:
    notes = [["Books of the club"], ["made in", 2020]]
    listed = [["Our books"], [], list(HEADER), list(EMMA), [], ["", "Nobody", None, 1900]]
    job = bring(book(notes, listed, [["Month", "Loans"], ["May", 3]], [["title"], ["Old"]], hidden=[4]))

    assert (counts(job), Book.objects.get().title) == ((2, 1, 0, 0, 1), "Emma")
    assert failures(job) == [(6, "title", "There is no title.")]
    assert "".join(part.decode("utf-8-sig") for part in report.failed_file(job)).splitlines()[1].startswith("6,")


def test_sheets_of_the_same_columns_are_one_list(bring: Bring) -> None:
    more = [["Our books, part two"], ["title ", "AUTHOR", "isbn", "year"], ["Dune", "Herbert"], [], ["", "Nobody"]]
    job = bring(book([HEADER, EMMA], [["Notes"], ["call", "Ann"]], more))

    assert (counts(job), titles()) == ((3, 2, 0, 0, 1), ["Emma", "Dune"])
    # Where it stood is told as Excel writes it: the positions go on from sheet to sheet.
    [row] = list(csv.reader(["".join(part.decode("utf-8-sig") for part in report.failed_file(job)).splitlines()[1]]))
    assert row[2:] == ["", "Nobody", "", "", "Shelf 3!5"]


def test_lists_of_different_columns_are_not_left_out_in_silence(bring: Bring) -> None:
    members = [("Card", "Name", "Expires"), (7, "Dora Ek", date(2031, 1, 2))]
    with pytest.raises(Invalid, match=r"several lists with different columns: “Shelf 1”, “Shelf 3”\. Save each"):
        bring(book([HEADER, EMMA], [["Notes"]], members))

    assert bring(book([HEADER, EMMA], [["Notes"]], members, hidden=[3])).created == 1


def test_sheets_of_the_same_unknown_columns_are_asked_for_once(receive: Bring) -> None:
    sheets = [["Werk", "Wer"], ["Emma", "Austen"]], [["Werk", "Wer"], ["Dune", "Herbert"]], [["Monat", "Zahl"]]
    job = intake.receive(io.BytesIO(book(*sheets)), "l.xlsx", by=None, ask=True)
    mapping.choose(job, {"title": 1, "author": 2}, lambda number: None)
    job.refresh_from_db()

    assert counts(pipeline.run(job)) == (2, 2, 0, 0, 0)


def test_cells_of_every_kind_and_lines_within_them(bring: Bring) -> None:
    rows = [("Title", "Author", "Barcode", "Call number"), ("#N/A", "x", 1, ""), (True, "A\nB", 100042, "R, 5")]
    job = bring(book(rows))

    assert failures(job) == [(2, "title", "There is no title.")]
    assert Book.objects.values_list("title", "author").get() == ("TRUE", "A B")
    assert not Copy.objects.exists()


def test_a_list_of_members_comes_in_as_well(bring: Bring) -> None:
    bring(book([("Card", "Name", "Expires"), (7, "Dora Ek", date(2031, 1, 2))]))

    assert str(Member.objects.get(card="7").expires_on) == "2031-01-02"


def test_a_list_of_many_rows_whatever_the_workbook_says_of_its_size(bring: Bring) -> None:
    packed = book([("Title",), *((f"Book {n}",) for n in range(120))])
    lying = with_part(packed, SHEET, lambda xml: xml.replace(b'ref="A1:A121"', b'ref="A1:A2"'))

    assert lying != packed
    assert [counts(bring(content))[0] for content in (packed, lying)] == [120, 120]


def as_excel_writes(strings: list[str], cells: str) -> bytes:
    """With all texts in a part of their own, and a date that only its style tells from a number."""
    kept, main = io.BytesIO(), "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r" Type="{types}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{types}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{types}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{types}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId3" Type="{types}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><fonts><font/></fonts>'
        "<fills><fill><patternFill/></fill></fills><borders><border/>"
        '</borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<?xml version="1.0"?>\n<sst xmlns="{main}">'
        + "".join(f"<si><t>{text}</t></si>" for text in strings)
        + "</sst>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return kept.getvalue()


EXCELS = as_excel_writes(
    ["Title", "ISBN", "Published", "Emma"],
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>'
    '<row r="2"><c r="A2" t="s"><v>3</v></c><c r="B2"><v>9780141439587</v></c><c r="C2" s="1"><v>43831</v></c></row>',
)


def test_a_workbook_as_excel_writes_it(bring: Bring) -> None:
    bring(EXCELS)

    assert Book.objects.values_list("title", "isbn", "published_year").get() == ("Emma", "9780141439587", 2020)


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
PLAIN = book([HEADER, EMMA])


def laughing(xml: bytes) -> bytes:
    start = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
    return xml[:start] + LAUGHS + xml[start:]


@pytest.mark.parametrize(
    ("packed", "sentence"),
    [
        (PLAIN[:-300], "The archive is damaged"),
        (with_part(PLAIN, SHEET, lambda xml: xml[:200]), "The Excel workbook is damaged or not one."),
        (with_part(PLAIN, SHEET, laughing), "The Excel workbook is damaged or not one."),
        (with_part(EXCELS, "xl/sharedStrings.xml", laughing), "The Excel workbook is damaged or not one."),
        (with_part(PLAIN, "xl/workbook.xml", laughing), "The Excel workbook is damaged or not one."),
        (with_part(PLAIN, "xl/styles.xml", lambda xml: xml + b" " * 6_000_000), "The Excel workbook is too large."),
        (with_part(PLAIN, SHEET, lambda xml: xml + b" " * 30_000_000), "The Excel workbook is too large."),
        (book([["only one"]]), "There is no list in this Excel workbook"),
        (book([HEADER, *[["x" * 30_000] * 10] * 90]), "The Excel workbook is too large."),
    ],
    ids=["cut", "sheet cut", "laughs", "laughs in strings", "laughs in the book", "styles", "sheet", "no list", "bomb"],
)
def test_what_is_no_good_workbook_is_refused(bring: Bring, settings: Settings, packed: bytes, sentence: str) -> None:
    settings.UPLOAD_LIMIT = 20_000_000
    with pytest.raises(Invalid) as refused:
        bring(packed)

    assert str(refused.value).startswith(sentence)
    assert Import.objects.count() == 0


def test_rows_without_end_are_refused(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_MOST_ROWS", 1000)
    packed = with_part(PLAIN, SHEET, lambda xml: xml.replace(b'r="2"', b'r="99999999999"'))

    with pytest.raises(Invalid, match="The Excel workbook has too many rows"):
        bring(packed)


def test_a_workbook_may_come_in_an_archive(bring: Bring) -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("read me.txt", "hello")
        archive.writestr("books.xlsx", PLAIN)
    bring(kept.getvalue(), "books.zip")

    assert titles() == ["Emma"]


def test_a_workbook_whose_columns_are_not_known_asks_for_them(receive: Bring) -> None:
    with pytest.raises(Invalid, match="What the columns are is not known: “Werk”, “Wer”"):
        receive(book([["Bücher"], ["Werk", "Wer"], ["Emma", "Austen"]]))


def test_a_date_that_no_style_tells_from_a_number(bring: Bring) -> None:
    rows = [("Title", "Published"), ("Emma", 43831), ("Dune", 44000.5), ("Solaris", 1961), ("Momo", "99999")]
    bring(book(rows))

    assert list(Book.objects.order_by("id").values_list("published_year", flat=True)) == [2020, 2020, 1961, None]


@pytest.mark.parametrize("result", [b"", b"<v></v>", b"<v />"])
def test_a_formula_of_which_nothing_came_is_not_an_empty_row(bring: Bring, result: bytes) -> None:
    packed = with_part(
        book([HEADER, EMMA, ('=CONCATENATE("Du","ne")', "Herbert")]),
        SHEET,
        lambda xml: xml.replace(b"</f><v />", b"</f>" + result).replace(b"</f><v></v>", b"</f>" + result),
    )
    with pytest.raises(Invalid, match="On the sheet “Shelf 1” there is a formula without its result in A3"):
        bring(packed)


def test_a_formula_is_what_came_of_it(bring: Bring) -> None:
    rows = [("Title", "Author"), ("=1", "=2"), ("Dune", "=3")]
    results = (b"<f>1</f><v>Emma</v>", b"<f>2</f><v></v>", b"<f>3</f><v>7</v>")

    def calculated(xml: bytes) -> bytes:
        for number, result in enumerate(results, 1):
            xml = xml.replace(b"<f>%d</f><v />" % number, result).replace(b"<f>%d</f><v></v>" % number, result)
        return xml.replace(b'r="A2"', b'r="A2" t="str"').replace(b'r="B2"', b'r="B2" t="str"')

    bring(with_part(book(rows), SHEET, calculated))

    assert list(Book.objects.order_by("id").values_list("title", "author")) == [("Emma", ""), ("Dune", "7")]


def test_a_workbook_with_more_columns_than_are_read_says_so(bring: Bring) -> None:
    with pytest.raises(Invalid, match="The table has 501 columns; at most 500 are read"):
        bring(book([["Title", *map(str, range(600))], ["Emma"]]))


def test_names_of_columns_may_be_wrapped(bring: Bring, receive: Bring) -> None:
    packed = book([("Werk\n(Haupttitel)", "Wer"), ("Emma", "Austen")])
    job = intake.receive(io.BytesIO(packed), "l.xlsx", by=None, columns={"title": "Werk (Haupttitel)", "author": 2})

    assert (counts(pipeline.run(job)), Book.objects.get().author) == ((1, 1, 0, 0, 0), "Austen")
