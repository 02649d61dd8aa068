"""What each format says of a book, and what it makes of titles that mean something to other programs."""

import csv
import io
import json
import re
import zipfile
from xml.etree import ElementTree

import pytest

from bookplate.catalog.exporting.entries import Selection
from bookplate.catalog.exporting.formats import FORMATS
from bookplate.catalog.filters import Filters
from bookplate.catalog.models import Book
from tests.catalog.exporting.conftest import HOSTILE, exported

pytestmark = pytest.mark.django_db

NOTRE_DAME = Selection(Filters(isbn="9782070422524"), by_operator=True)
# What spreadsheets take for the start of a formula, or may.
STARTS = tuple("=+-@\t\r\n＝＋－＠")
# What a workbook's XML cannot hold, or a reader of it would take for something else.
CODED = re.compile("[\x01\x0b\x1b-\x1f\ufffe]|_(?=x0)|^#(?=N/A$)")


def test_csv_has_a_line_for_each_copy(library: list[Book]) -> None:
    assert exported("csv", NOTRE_DAME).decode() == (
        "\ufefftitle,author,published_year,isbn,publisher,edition,language,subjects,barcode,shelfmark\r\n"
        'Notre-Dame de Paris,"Victor Hugo, Somebody Else",1831,9782070422524,Gallimard,"2nd, revised",fr,'
        'Paris; Cathedrals--France--Fiction,V1,"French, “upstairs”"\r\n'
        'Notre-Dame de Paris,"Victor Hugo, Somebody Else",1831,9782070422524,Gallimard,"2nd, revised",fr,'
        'Paris; Cathedrals--France--Fiction,V2,"French, “upstairs”"\r\n'
    )


def test_no_cell_can_run_in_a_spreadsheet(library: list[Book]) -> None:
    rows = list(csv.reader(io.StringIO(exported("csv").decode("utf-8-sig"), newline="")))

    assert len(rows) == 1 + len(library) + 2
    assert [cell for row in rows for cell in row if cell.startswith(STARTS)] == []
    assert [row[0].startswith("'") for row in rows[1:15]] == [True] * 14
    assert rows[15][0] == HOSTILE[13] == "'Tis Pity She's a Whore"


def test_a_workbook_has_the_same_cells_all_of_them_texts(library: list[Book]) -> None:
    with zipfile.ZipFile(io.BytesIO(exported("xlsx"))) as package:
        assert package.testzip() is None
        sheet = ElementTree.fromstring(package.read("xl/worksheets/sheet1.xml"))  # noqa: S314  (our own)
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    cells = list(sheet.iter(f"{main}c"))
    texts = ["".join(cell.itertext()) for cell in cells]
    rows = csv.reader(io.StringIO(exported("csv").decode("utf-8-sig"), newline=""))
    coded = [CODED.sub(lambda found: f"_x{ord(found[0]):04X}_", cell) for row in rows for cell in row]

    assert {cell.get("t") for cell in cells} == {"inlineStr"}
    assert texts == coded
    assert list(sheet.iter(f"{main}f")) == []


def test_a_workbook_is_the_same_each_time(library: list[Book]) -> None:
    assert exported("xlsx") == exported("xlsx")


def test_json_lines_name_what_is_known_as_the_api_does(library: list[Book]) -> None:
    assert json.loads(exported("jsonl", NOTRE_DAME)) == {
        "title": "Notre-Dame de Paris",
        "author": "Victor Hugo, Somebody Else",
        "published_year": 1831,
        "isbn": "9782070422524",
        "publisher": "Gallimard",
        "edition": "2nd, revised",
        "language": "fr",
        "subjects": "Paris; Cathedrals--France--Fiction",
        "copies": [
            {"barcode": "V1", "shelfmark": "French, “upstairs”"},
            {"barcode": "V2", "shelfmark": "French, “upstairs”"},
        ],
    }


def test_bibtex(library: list[Book]) -> None:
    text = exported("bibtex", NOTRE_DAME).decode()

    assert re.sub(r"book\d+", "bookN", text) == (
        "@book{bookN,\n"
        "  title = {{Notre-Dame de Paris}},\n"
        "  author = {Victor Hugo and Somebody Else},\n"
        "  publisher = {Gallimard},\n"
        "  year = {1831},\n"
        "  edition = {2nd, revised},\n"
        "  isbn = {9782070422524},\n"
        "  language = {fr},\n"
        "  keywords = {Paris, Cathedrals--France--Fiction}\n"
        "}\n\n"
    )


def test_bibtex_escapes_what_tex_would_obey(library: list[Book]) -> None:
    Book.objects.create(title="}{ \\input{x} 100% & #1_$^~", author="Brook and Sons, Ltd, others")
    text = exported("bibtex").decode()

    assert "\\textbraceright{}\\textbraceleft{} \\textbackslash{}input\\textbraceleft{}x" in text
    assert "100\\% \\& \\#1\\_\\$\\textasciicircum{}\\textasciitilde{}}}" in text
    assert "author = {{Brook and Sons} and Ltd and {others}}" in text
    # Every entry is closed where it ends: braces are counted, whatever stands before them.
    for entry in text.strip().split("\n\n"):
        assert entry.startswith("@book{")
        assert entry.count("{") == entry.count("}")


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_library_is_no_fault(db: None, name: str) -> None:
    assert exported(name) == exported(name)
