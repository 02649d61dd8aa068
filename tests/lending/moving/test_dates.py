"""Dates in any usual form; of one that may be two days nobody guesses which."""

from datetime import date

import pytest

from bookplate.catalog.importing.records import Unfit
from bookplate.lending.moving.dates import Dates, Order, order_of

LAST = date(2026, 12, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-31",
        "2026-12-31 23:59:00",
        "2026-12-31T23:59:59+01:00",
        "2026/12/31",
        "20261231",
        "31.12.2026",
        "31. 12. 2026",
        "31.12.26 18:00",
        "12/31/2026",
        "12/31/26, 11:59 PM",
        "31/12/2026",
        "31-12-2026",
        "31 Dec 2026",
        "31-Dec-26",
        "December 31, 2026",
        " 31.12.2026 ",
        "46387",  # as Excel keeps it
        "46387.75",
    ],
)
def test_the_last_day_of_2026(text: str) -> None:
    assert Dates(Order.UNTOLD).read(text, "due") == LAST


@pytest.mark.parametrize("text", ["", " ", "0000-00-00", "00/00/0000", "0000-00-00 00:00:00"])
def test_no_date(text: str) -> None:
    assert Dates(Order.UNTOLD).read(text, "due") is None


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2026-13-01",
        "2026-02-30",
        "31.12",
        "99/99/2026",
        "13/13/2026",
        "4638",
        "463871",
        "2026-1231",
        "31 Foo 2026",
    ],
)
def test_what_is_no_date_is_told(text: str) -> None:
    with pytest.raises(Unfit, match="is not a date that can be read") as told:
        Dates(Order.UNTOLD).read(text, "due")

    assert told.value.field == "due"


@pytest.mark.parametrize("text", ["1026-12-31", "9999-12-31"])
def test_a_year_that_cannot_be(text: str) -> None:
    with pytest.raises(Unfit, match="cannot be right"):
        Dates(Order.UNTOLD).read(text, "due")


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2026", "31/12/2026"], Order.DAY_FIRST),
        (["03/04/2026", "12/31/2026", "2026-01-30"], Order.MONTH_FIRST),
        (["03/04/2026", "05/05/2026", "", "x", "40/01/2026"], Order.UNTOLD),
        (["31/12/2026", "12/31/2026"], Order.MIXED),
        ([], Order.UNTOLD),
    ],
)
def test_the_dates_of_a_file_together_tell_its_order(texts: list[str], order: Order) -> None:
    assert order_of(texts) is order


@pytest.mark.parametrize(("order", "day"), [(Order.DAY_FIRST, date(2026, 4, 3)), (Order.MONTH_FIRST, date(2026, 3, 4))])
def test_the_order_decides(order: Order, day: date) -> None:
    assert Dates(order).read("03/04/2026", "due") == day


@pytest.mark.parametrize(
    ("order", "why"),
    [(Order.UNTOLD, "no other date of the file tells"), (Order.MIXED, "the file writes dates in both ways")],
)
def test_nobody_guesses(order: Order, why: str) -> None:
    with pytest.raises(Unfit, match=f"03/04/2026 may begin with the day or with the month: {why}"):
        Dates(order).read("03/04/2026", "due")

    assert Dates(order).read("04/04/2026", "due") == date(2026, 4, 4)
