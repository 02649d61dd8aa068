"""The sheet of library cards, read back."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from bookplate.people import cards
from bookplate.people.models import Member, User
from bookplate.web import card_sheet

Visit = Callable[[User | None], Client]

DORA = {"firstname": "Dora", "lastname": "Ek", "card": "D1"}


def pages_of(pdf: bytes) -> list[list[str]]:
    """The lines of text of each page."""
    return [page.extract_text().splitlines() for page in PdfReader(BytesIO(pdf)).pages]


def bars(pdf: bytes) -> int:
    """How many filled rectangles are on the first page: the bars of its barcodes."""
    contents = PdfReader(BytesIO(pdf)).pages[0].get_contents()
    assert contents is not None
    return len(re.findall(rb" re f\*?\s", contents.get_data()))


def test_a_card_has_the_library_the_name_the_number_and_its_barcode() -> None:
    pdf = cards.sheet([Member(**DORA)], "Harbour Street library")

    assert pages_of(pdf) == [["Harbour Street library", "Dora Ek", "D1"]]
    # Code 128: three bars each for the start, the two characters and the check digit, four for the stop.
    assert bars(pdf) == 4 * 3 + 4


def test_ten_cards_are_on_an_a4_page() -> None:
    members = [Member(firstname=f"M{number}", card=f"C{number}") for number in range(21)]
    pdf = PdfReader(BytesIO(cards.sheet(members, "L")))

    assert [len(page.extract_text().splitlines()) for page in pdf.pages] == [30, 30, 3]
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in pdf.pages} == {(595, 842)}


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("Viktória Łukasz Søren", "Viktória Łukasz Søren"),
        ("Nguyễn Ḥasan", "Nguyễn Ḥasan"),
        ("Νίκος Ὀδυσσεύς", "Νίκος Ὀδυσσεύς"),
        ("Ольга Їжакевич", "Ольга Їжакевич"),
        ("김철수", "GimCheolSu"),
        ("田中 太郎", "TianZhong TaiLang"),
        ("प्रिया", "priya"),
    ],
)
def test_names_in_any_script_show(name: str, drawn: str) -> None:
    assert pages_of(cards.sheet([Member(firstname=name, card="1")], "L")) == [["L", drawn, "1"]]


def test_what_is_too_long_is_cut_and_a_number_without_a_barcode_still_shows() -> None:
    pdf = cards.sheet([Member(firstname="M" * 150, lastname="W" * 150, card="Ä" * 40)], "L" * 200)
    library, name, number = pages_of(pdf)[0]

    assert (library[-1], name[-1], name[0], number, bars(pdf)) == ("…", "…", "M", "Ä" * 40, 0)


def test_nothing_can_be_drawn_outside_of_the_card() -> None:
    for number in ("9" * 40, "z" * 40, "-" * 40):
        assert bars(cards.sheet([Member(firstname="M", card=number)], "L")) > 40
    assert pages_of(cards.sheet([Member(firstname="\u202e\u0007<b>", card="1")], ""))[0][-1] == "1"


def names(answer: bytes) -> list[str]:
    return [lines for page in pages_of(answer) for lines in page[1::3]]


@pytest.fixture
def client(visit: Visit, librarian: User) -> Client:
    Member.objects.all().delete()
    for firstname in ("Dora", "Émile", "Kim"):
        Member.objects.create(firstname=firstname)
    return visit(librarian)


def test_the_cards_chosen_are_printed_in_the_order_of_names(client: Client) -> None:
    numbers = ",".join(str(number) for number in Member.objects.exclude(firstname="Dora").values_list("pk", flat=True))
    answer = client.get("/members/cards.pdf", {"members": f"{numbers},x,{'9' * 30}"})

    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    assert names(answer.content) == ["Émile", "Kim"]


def test_the_cards_found_are_printed(client: Client) -> None:
    found = {
        text: names(client.get(f"/members/cards.pdf{text}").content)
        for text in ("?search=emile", "?since=2000-01-01", "")
    }

    assert found == {
        "?search=emile": ["Émile"],
        "?since=2000-01-01": ["Dora", "Émile", "Kim"],
        "": ["Dora", "Émile", "Kim"],
    }


def test_there_is_an_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_sheet, "AT_MOST", 2)

    assert names(client.get("/members/cards.pdf").content) == ["Dora", "Émile"]


@pytest.mark.parametrize("query", ["?members=", "?members=0", "?search=zzz", "?since=never", "?since=2999-01-01"])
def test_nothing_to_print_says_so(client: Client, query: str) -> None:
    answer = client.get(f"/members/cards.pdf{query}", follow=True)

    assert "There is no such card to print. Find some first." in answer.text
