"""Every form that people write names one book (G22)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from bookplate.catalog.isbn import BadISBN, is_kept, normalise

HOBBIT = "9780261102217"


@pytest.mark.parametrize(
    "written",
    [
        "9780261102217",
        "0261102214",
        "978-0-261-10221-7",
        "0-261-10221-4",
        " 978 0 261 10221 7 ",
        '="0261102214"',
        '="9780261102217"',
        "[0261102214]",
        "ISBN 0-261-10221-4",
        "ISBN-13: 978-0-261-10221-7",
        "ISBN-10: 0-261-10221-4",
        "isbn:0261102214",
        "９７８０２６１１０２２１７",
        "978‐0‐261‐10221‐7",
        "\u200e9780261102217",
    ],
)
def test_every_form_is_the_same_thirteen_digits(written: str) -> None:
    assert normalise(written) == HOBBIT


def test_the_last_digit_may_be_an_x() -> None:
    assert normalise("080442957X") == normalise("0-8044-2957-x") == "9780804429573"


@pytest.mark.parametrize("nothing", ["", "  ", '=""', "[]", "ISBN"])
def test_nothing_is_no_isbn(nothing: str) -> None:
    assert normalise(nothing) is None


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (
            "9780261102218",
            "9780261102218 is not an ISBN: its check digit does not agree, so a digit is wrong or missing.",
        ),
        ("026110221", "026110221 is not an ISBN: it has 9 digits instead of 10 or 13."),
        ("1234567890123", "1234567890123 is not an ISBN: 13 digits begin with 978 or 979."),
        ("B00AR07780", "B00AR07780 is not an ISBN: it may hold digits, hyphens and a final X only."),
        ("9.78026E+12", "9.78026E+12 is what a spreadsheet made of an ISBN; its last digits are lost."),
        ("9,78026E+12", "9,78026E+12 is what a spreadsheet made of an ISBN; its last digits are lost."),
        ("9.78043902348e+12", "9.78043902348e+12 is what a spreadsheet made of an ISBN; its last digits are lost."),
    ],
)
def test_what_is_wrong_is_said_in_words(written: str, reason: str) -> None:
    with pytest.raises(BadISBN) as refused:
        normalise(written)

    assert str(refused.value) == reason


def test_a_cell_full_of_blanks_is_refused_at_once() -> None:
    with pytest.raises(BadISBN):
        normalise("1" + " " * 1_000_000 + "1")


@given(st.sampled_from(["978", "979", "977"]), st.text("0123456789", min_size=10, max_size=10))
def test_what_is_kept_has_its_check_digit(prefix: str, digits: str) -> None:
    number = prefix + digits

    assert is_kept(number) == (ean.is_valid(number) and prefix != "977")
    assert is_kept(number[:12] + ean.calc_check_digit(number[:12])) == (prefix != "977")
