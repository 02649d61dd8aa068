"""Spellings that people take for the same are the same; the rest stay apart."""

import time
import unicodedata
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bookplate.people import folding
from bookplate.people.folding import MOST_MARKS, fold, normal, sort_key

SAME: dict[str, list[str]] = {
    "etranger": ["Étranger", "ÉTRANGER", "E\u0301tranger", "étranger", "ｅｔｒａｎｇｅｒ", "  Étranger\t"],
    "strasse": ["Straße", "STRASSE", "Strasse", "STRAẞE"],
    "oystein": ["Øystein", "øystein", "OYSTEIN"],
    "lodz": ["Łódź", "łódź", "LODZ"],
    "aeon": ["Æon", "aeon", "ÆON"],
    "oeuvre": ["Œuvre", "œuvre"],
    "thingvellir": ["Þingvellir", "þingvellir"],
    "dordevic": ["Đorđević", "đorđević"],
    "istanbul": ["İstanbul", "ıstanbul", "Istanbul", "ISTANBUL"],
    "fiancee": ["ﬁancée", "FIANCÉE"],
    "οδυσσεια": ["Οδύσσεια", "ΟΔΥΣΣΕΙΑ", "οδύσσεια"],
    "σισυφοσ": ["Σίσυφος", "ΣΙΣΥΦΟΣ"],
    "война и мир": ["Война и мир", "ВОЙНА И МИР", "война\u00a0и\u2003мир"],
    "viet nam": ["Việt Nam", "VIỆT NAM", "Vie\u0323\u0302t Nam"],
    "2001": ["２００１", "2001"],
    "カタカナ": ["カタカナ", "ｶﾀｶﾅ"],
    "한글": ["한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"],
    "": ["", " ", "\n\t\u3000"],
}


@pytest.mark.parametrize(("folded", "text"), [(folded, text) for folded, texts in SAME.items() for text in texts])
def test_spellings_that_are_the_same(folded: str, text: str) -> None:
    assert fold(text) == fold(folded)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Étranger", "etranger"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("ガラス", "ガラス"),
        ("हिन्दी", "हिन्दी"),
        ("ภาษาไทย", "ภาษาไทย"),
        ("한글", "한글"),
        ("紅樓夢", "紅樓夢"),
        ("بِسْمِ", "بِسْمِ"),
        ("a  b\n\nc", "a b c"),
        ("C++ & C#", "c++ & c#"),
        ("100 %", "100 %"),
    ],
)
def test_what_a_text_becomes(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(("one", "other"), [("ハ", "バ"), ("ka", "ga"), ("か", "が"), ("हिन्दी", "हिन्द"), ("ก้", "ก")])
def test_a_mark_that_makes_another_letter_stays(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
@example("İΐŉǰẖẗẘẙẚΰ")
@example("ΑΙᾼᾳͅ")
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cn"])))
@example("ẞ ŉ ǰ ΐ ﬃ ǅ ſ")
def test_case_and_composition_make_no_difference(text: str) -> None:
    assert fold(text.casefold()) == fold(text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("“Hello”, she said", "hello”, she said"),
        ("...And Justice for All", "and justice for all"),
        ("¿Quién?", "quien?"),
        ("(1984)", "1984)"),
        ("???", "???"),
        ("", ""),
        ("_private", "_private"),
        ("«Война»", fold("Война»")),
        ("「雪国」", "雪国」"),
    ],
)
def test_a_sort_key_begins_with_a_letter_where_there_is_one(text: str, key: str) -> None:
    assert sort_key(text) == key


@given(st.text(), st.integers(1, 50))
def test_a_sort_key_fits_and_is_empty_only_for_nothing(text: str, length: int) -> None:
    key = sort_key(text, length)

    assert len(key) <= length
    assert (key == "") == (fold(text) == "")


def test_a_long_text_is_folded_like_a_short_one_and_not_remembered() -> None:
    long, before = "Émile " * 50, folding.fold.cache_info()
    assert folding.fold(long) == "emile " * 49 + "emile"
    assert folding.fold.cache_info() == before


@pytest.mark.parametrize("form", ["NFC", "NFKC", "NFKD"])
def test_marks_without_an_end_take_no_time_without_an_end(form: Literal["NFC", "NFKC", "NFKD"]) -> None:
    """The standard library takes minutes to put them in order, in which nothing else runs."""
    begun = time.process_time()

    assert len(normal(form, "e" + "\u0315\u0301" * 100_000)) <= 1 + MOST_MARKS
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("word", ["Å\u0323ngstro\u0308m", "か\u3099", "กำ", "한글", "e" + "\u0301" * MOST_MARKS])
def test_a_normal_form_is_unicodes_own(word: str) -> None:
    text = word * 50 + " " + word

    assert normal("NFC", text) == unicodedata.normalize("NFC", text)
