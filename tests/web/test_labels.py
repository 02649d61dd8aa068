"""Labels, printed and read back as a scanner reads them; and the sheets they are printed on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.db import connections
from django.test import Client
from playwright.sync_api import Page
from pytest_django import DjangoAssertNumQueries

from bookplate.catalog.labels import runs, sheets
from bookplate.catalog.labels.models import BarcodeRun, LabelSheet, barcode
from bookplate.catalog.models import Book, Copy
from bookplate.people import printing
from bookplate.people.models import User
from tests.servers import BookplateServer
from tests.web.browsing import sign_in

Visit = Callable[[User | None], Client]
A4 = {"kind": "barcode", "sheet": "a4-21", "first": "1"}
DOTS = 300 / 72
TITLES = ["Emma", "Война и мир", "المقدمة", "W" * 300, "<b>&"]


@pytest.fixture
def keeper(visit: Visit, librarian: User) -> Client:
    return visit(librarian)


@pytest.fixture
def stock(db: None) -> list[Copy]:
    books = [Book.objects.create(title=title) for title in TITLES]
    return [
        Copy.objects.create(book=book, barcode=number, shelfmark=f"81{place}.54 AUS")
        for place, (book, number) in enumerate(zip(books, ["300000000018", "B-17/a", "7", "Z" * 30, "42"], strict=True))
    ]


def printed(answer: Any) -> list[tuple[str, tuple[int, int]]]:
    """Each code that a scanner finds, page by page, with the column and row of its middle in millimetres."""
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf"), answer.content.decode()
    return scanned(answer.content)


def scanned(pdf: bytes) -> list[tuple[str, tuple[int, int]]]:
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        for code in zxingcpp.read_barcodes(page.render(scale=DOTS).to_pil()):
            spot = code.position
            middle = (spot.top_left.x + spot.bottom_right.x) / 2, (spot.top_left.y + spot.bottom_right.y) / 2
            found.append((code.text, (_mm(middle[0]), _mm(middle[1]))))
    return found


def _mm(dots: float) -> int:
    return round(dots / 300 * 25.4)


def codes(answer: Any) -> list[str]:
    return [text for text, _ in printed(answer)]


def codes_of(pdf: bytes) -> list[str]:
    return [text for text, _ in scanned(pdf)]


def words(answer: Any) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(answer.content))


def test_barcodes_of_scanned_copies_are_read_back(keeper: Client, stock: list[Copy]) -> None:
    wanted = [copy.barcode for copy in stock]
    answer = keeper.post("/labels/", {**A4, "barcodes": "\n".join(wanted)})

    assert sorted(codes(answer)) == sorted(wanted)
    assert "Emma" in words(answer)


def test_a_barcode_with_a_blank_stands_on_a_line_of_its_own(keeper: Client, stock: list[Copy]) -> None:
    Copy.objects.create(book=stock[0].book, barcode="B 17")
    answer = keeper.post("/labels/", {**A4, "barcodes": "42 7\r\n B 17 \r\n"})

    assert sorted(codes(answer)) == ["42", "7", "B 17"]


def test_labels_lie_where_the_sheet_has_them(keeper: Client, stock: list[Copy]) -> None:
    """The first label of 63.5 × 38.1 mm begins 7.2 mm from the left and 15.15 mm from the top; the fifth is below."""
    answer = keeper.post("/labels/", {**A4, "first": "5", "barcodes": "300000000018"})
    [(text, (x, y))] = printed(answer)

    assert (text, abs(x - (7.2 + 66.05 + 31.75)) <= 1, abs(y - (15.15 + 38.1 + 19.05)) <= 3) == (
        "300000000018",
        True,
        True,
    )


@pytest.mark.parametrize("sheet", sheets.READY)
@pytest.mark.parametrize("kind", ["barcode", "square"])
def test_a_run_of_barcodes_fills_the_sheets_ready(keeper: Client, sheet: str, kind: str, librarian: User) -> None:
    run = runs.make(sheets.READY[sheet].labels + 1, librarian)
    answer = keeper.post("/labels/", {"kind": kind, "sheet": sheet, "first": "1", "run": run.pk})

    prefix = "http://testserver/c/" if kind == "square" else ""
    assert sorted(codes(answer)) == sorted(prefix + number + ("/" if prefix else "") for number in run.barcodes)
    assert len(pypdfium2.PdfDocument(answer.content)) == 2


def test_a_square_leads_to_the_book(keeper: Client, visit: Visit, stock: list[Copy], bob: User) -> None:
    [address] = codes(keeper.post("/labels/", {**A4, "kind": "square", "barcodes": "B-17/a"}))
    hidden = Copy.objects.create(book=stock[0].book, owner=bob, visibility="owner", barcode="HID")
    path = address.removeprefix("http://testserver")

    assert path == "/c/B-17/a/"
    assert visit(None).get(path)["Location"] == f"/books/{stock[1].book_id}/"
    assert [visit(None).get(f"/c/{one}/").status_code for one in (hidden.barcode, "never-was")] == [404, 404]


@pytest.mark.parametrize("barcode", ["a/b", "a\nb", "?#%"])
def test_any_barcode_has_its_address(barcode: str, keeper: Client, stock: list[Copy]) -> None:
    copy = Copy.objects.create(book=stock[0].book, barcode=barcode)
    Copy.objects.exclude(pk=copy.pk).delete()
    [address] = codes(keeper.post("/labels/", {**A4, "kind": "square", "since": "2020-01-01"}))

    assert keeper.get(address)["Location"] == f"/books/{copy.book_id}/"


def test_spine_labels_have_the_shelf_mark_a_word_a_line(keeper: Client, stock: list[Copy]) -> None:
    answer = keeper.post("/labels/", {**A4, "kind": "spine", "barcodes": "42 7"})

    assert words(answer).split() == ["814.54", "AUS", "812.54", "AUS"]


def test_copies_added_since_a_day_are_printed_but_not_those_of_people(
    keeper: Client, stock: list[Copy], bob: User
) -> None:
    Copy.objects.create(book=stock[0].book, owner=bob, visibility="everyone", barcode="BOBS")
    answer = keeper.post("/labels/", {**A4, "since": "2020-01-01"})

    assert sorted(codes(answer)) == sorted(copy.barcode for copy in stock)


def small(width: float, height: float, columns: int = 4) -> LabelSheet:
    return LabelSheet.objects.create(name="Small", columns=columns, rows=2, width=width, height=height, left=5, top=5)


@pytest.mark.parametrize(
    ("kind", "width", "height"), [("barcode", 25, 8), ("barcode", 30, 12), ("square", 25, 10), ("square", 30, 12)]
)
def test_on_small_labels_nothing_is_written_over_the_bars(
    keeper: Client, librarian: User, kind: str, width: int, height: int
) -> None:
    run, sheet = runs.make(8, librarian), small(width, height)
    answer = keeper.post("/labels/", {"kind": kind, "sheet": sheet.pk, "first": "1", "run": run.pk})

    assert [code.rpartition("/c/")[2].strip("/") for code in sorted(codes(answer))] == run.barcodes
    assert sorted(words(answer).split()) == run.barcodes


@pytest.mark.parametrize(("kind", "size"), [("barcode", (15, 30)), ("square", (15, 8))])
def test_labels_that_no_scanner_would_read_are_not_printed(
    keeper: Client, librarian: User, kind: str, size: tuple[int, int]
) -> None:
    run, sheet = runs.make(8, librarian), small(*size)
    answer = keeper.post("/labels/", {"kind": kind, "sheet": sheet.pk, "first": "1", "run": run.pk})

    assert answer.status_code == 400
    assert "On these labels a scanner would read none of them." in answer.content.decode()


def test_a_number_too_long_for_its_bars_is_printed_alone(keeper: Client, stock: list[Copy]) -> None:
    Copy.objects.create(book=stock[0].book, barcode="long" * 15)
    answer = keeper.post("/labels/", {**A4, "barcodes": "42 " + "long" * 15})

    assert codes(answer) == ["42"]
    assert "long" * 15 in words(answer)


def test_a_shelf_mark_of_many_words_stays_on_its_label(keeper: Client, stock: list[Copy]) -> None:
    Copy.objects.filter(barcode="42").update(shelfmark="in the hall by the door " * 8)
    answer = keeper.post("/labels/", {**A4, "kind": "spine", "first": "5", "barcodes": "42"})
    text = pypdfium2.PdfDocument(answer.content)[0].get_textpage()
    heights = [text.get_charbox(place)[1::2] for place in range(text.count_chars())]
    top, bottom = 297 - 15.15 - 38.1, 297 - 15.15 - 2 * 38.1

    assert min(low for low, _ in heights) / 72 * 25.4 > bottom
    assert max(high for _, high in heights) / 72 * 25.4 < top


def test_a_title_of_thousands_of_letters_is_cut_in_a_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    width, tried = printing._width, list[str]()

    def counted(words: str, size: float) -> float:
        tried.append(words)
        return width(words, size)

    monkeypatch.setattr(printing, "_width", counted)
    cut = printing._cut("W" * 2000, 100, 6)

    assert (len(tried) < 20, width(cut, 6) <= 100 < width(f"W{cut}", 6)) == (True, True)
    assert [printing._cut(text, width("W…", 6), 6) for text in ("", "W", "WW", "WWW")] == ["", "W", "W…", "W…"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize(("day", "status"), [("0001-01-01", 200), ("9999-12-31", 400)])
def test_any_day_can_be_asked_for(
    keeper: Client, stock: list[Copy], settings: Any, zone: str, day: str, status: int
) -> None:
    settings.TIME_ZONE = zone

    assert keeper.post("/labels/", {**A4, "since": day}).status_code == status


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({}, "Choose one: scanned copies, those added since a day, or barcodes made ahead."),
        ({"barcodes": "42", "since": "2020-01-01"}, "Choose one:"),
        ({"barcodes": "nothing"}, "No copy of the library has the barcode nothing."),
        ({"barcodes": "BOBS"}, "No copy of the library has the barcode BOBS."),
        ({"since": "2999-01-01"}, "No copy was added since then."),
        ({"barcodes": "42", "first": "22"}, "This sheet has 21 labels."),
        ({"barcodes": "42", "first": "0"}, "greater than or equal to 1"),
        ({"barcodes": "42", "sheet": "a3"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_printed_is_said(
    values: dict[str, str], fault: str, keeper: Client, stock: list[Copy], bob: User
) -> None:
    Copy.objects.create(book=stock[0].book, owner=bob, visibility="owner", barcode="BOBS")
    answer = keeper.post("/labels/", A4 | values)

    assert (answer.status_code, fault in answer.content.decode()) == (400, True)


def test_no_number_is_ever_made_twice(keeper: Client, stock: list[Copy]) -> None:
    Copy.objects.create(book=stock[0].book, barcode=barcode(5))
    for count in (3, 3):
        keeper.post("/labels/barcodes/", {"count": count})

    assert [(run.first, run.last) for run in BarcodeRun.objects.order_by("first")] == [(1, 3), (6, 8)]
    assert barcode(1) == "200000000014"  # Luhn: twice 2 and twice 1 are 6, and 4 makes ten


def test_numbers_that_came_from_another_library_are_passed_over_in_a_few_steps(
    stock: list[Copy], admin: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Copy.objects.bulk_create([Copy(book=stock[0].book, barcode=barcode(number)) for number in range(1, 501)])

    with django_assert_max_num_queries(15):
        assert runs.make(1, admin).first == 501


@pytest.mark.django_db(transaction=True)
def test_two_who_take_barcodes_at_once_get_their_own(admin: User) -> None:
    def take(_: int) -> tuple[int, int]:
        try:
            run = runs.make(10, admin)
            return run.first, run.last
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as people:
        taken = sorted(people.map(take, range(8)))
    assert taken == [(1 + 10 * place, 10 + 10 * place) for place in range(8)]


@pytest.mark.browser
def test_a_sheet_is_printed_from_the_page_and_read_back(
    new_page: Callable[..., Page], demo_server: BookplateServer
) -> None:
    page = sign_in(new_page(), demo_server, "librarian")
    page.goto(f"{demo_server.url}/labels/")
    page.get_by_label("New barcodes").fill("21")
    page.get_by_role("button", name="Make them").click()
    run = page.get_by_label("barcodes that no copy has yet").locator("option:checked").inner_text().split(" to ")
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the file to print").click()
    read = sorted(codes_of(download.value.path().read_bytes()))

    assert ([read[0], read[-1]], len(read)) == (run, 21)


OURS = {"name": "Ours", "page_width": 100, "page_height": 150, "columns": 2, "rows": 3, "width": 45, "height": 40}
OURS |= {"left": 5, "top": 10, "column_gap": 0, "row_gap": 5}


def test_a_sheet_of_ones_own_measures(keeper: Client, stock: list[Copy]) -> None:
    keeper.post("/labels/sheets/add/", OURS)
    sheet = LabelSheet.objects.get()
    answer = keeper.post("/labels/", {**A4, "sheet": sheet.pk, "first": "6", "barcodes": "42"})
    [(text, (x, y))] = printed(answer)
    size = pypdfium2.PdfDocument(answer.content)[0].get_size()

    assert (text, [round(side / 72 * 25.4) for side in size]) == ("42", [100, 150])
    assert (abs(x - 72.5) <= 1, abs(y - 120) <= 3) == (True, True)
    keeper.post(f"/labels/sheets/{sheet.pk}/", OURS | {"name": "Better"})
    assert LabelSheet.objects.get().name == "Better"
    keeper.post(f"/labels/sheets/{sheet.pk}/remove/")
    assert LabelSheet.objects.count() == 0


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"columns": 3}, "So many labels do not fit on the page."),
        ({"rows": 4}, "So many labels do not fit on the page."),
        ({"width": "nan"}, "Enter a number."),
        ({"width": "1e300"}, "less than or equal to 500"),
        ({"height": 2}, "greater than or equal to 8"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_measures_that_cannot_be_are_said(values: dict[str, Any], fault: str, keeper: Client) -> None:
    answer = keeper.post("/labels/sheets/add/", OURS | values)

    assert (answer.status_code, fault in answer.content.decode()) == (400, True)
    assert LabelSheet.objects.count() == 0
