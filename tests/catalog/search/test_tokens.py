"""Different spellings of one word give one word, in the index and in what is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookplate.catalog.search import tokens
from bookplate.catalog.search.words import of_book


def words(text: str) -> set[str]:
    inside, besides = tokens.indexed(text)
    return {*inside, *besides}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Émile", "emile"),
        ("أحمد الأسواني", "احمد الاسواني"),
        ("القُرْآن", "القران"),
        ("رضوى", "رضوي"),
        ("ثلاثية", "ثلاثيه"),
        ("عـــزازيل", "عزازيل"),
        ("شؤون", "شوون"),
        ("Nuʻaymah", "nuaymah"),
        ("ʿAlī", "ali"),
        ("Babelʹ", "babel"),
        ("Konstitut︠s︡ii︠a︡", "konstitutsiia"),
        ("Farruk̲h̲ī", "farrukhi"),
        ("שָׁלוֹם", "שלום"),
        ("ｾｰﾗｰﾑｰﾝ", "セーラームーン"),
        ("１９８４", "1984"),
        ("٢٠٠", "200"),
    ],
)
def test_the_same_word(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("O'Connor", "oconnor"),
        ("Catch-22", "22"),
        ("J.R.R. Tolkien", "jrr"),
        ("村上 春樹", "村上春樹"),
        ("森林与能源", "能源"),
        ("20,000 Leagues", "20000"),
    ],
)
def test_found_by(written: str, typed: str) -> None:
    assert set(tokens.indexed(typed)[0]) <= words(written)


def test_programming_languages_are_words() -> None:
    assert words("The C++ Primer") & words("c++") == {"cplusplus"}
    assert "c" not in words("C# in Depth")
    assert words("C major, #1") >= {"c", "major", "1"}


@pytest.mark.parametrize(
    ("text", "inside", "besides"),
    [
        ("The Café, again!", "the cafe again", ""),
        ("Ｄｕｎｅ ﬁnds Straße", "dune finds strasse", ""),
        ("Jean-Paul O’Brien", "jean paul o brien", "jeanpaul obrien"),
        ("L'Étranger", "l etranger", "letranger"),
        ("J.R.R. Tolkien", "j r r tolkien", "jrr"),
        ("J. R. R. Tolkien", "j r r tolkien", "jrr"),
        ("J R R Tolkien", "j r r tolkien", "jrr"),
        ("A king, a queen and I", "a king a queen and i", ""),
        ("AT&T", "at t", "att"),
        ("20,000 leagues, 3,14", "20 000 leagues 3 14", "20000"),
        ("Ёлка ΟΔΎΣΣΕΙΑΣ", "елка οδυσσειασ", ""),
        ("القُرْآن الكـتاب", "القران الكتاب", ""),
        ("إلى أحمد", "الي احمد", ""),
        ("کتاب", "كتاب", ""),
        ("שָׁלוֹם", "שלום", ""),
        ("٢٠٢٤ ２０２４", "2024 2024", ""),
        ("東京都", "東京 京都", "都"),
        ("ﾊﾘｰ・ポッター", "ハリ リー ポッ ッタ ター", "ハリ リー ーポ ポッ ッタ ター ー ー"),
        ("三体2", "三体 2", "体"),
        ("한국어", "한국 국어", "어"),
        ("नमस्ते", "नमस्ते", ""),
        ("soft\u00adware \u200eleft", "software left", ""),
        ("-- '' . \0 _ \ud800", "", ""),
        ("x" * 70, "x" * 60, ""),
    ],
)
def test_the_words_in_their_order(text: str, inside: str, besides: str) -> None:
    assert tokens.indexed(text) == (inside.split(), besides.split())


PARTS = st.sampled_from(
    ["a", "b", "7", " ", "  ", "-", ".", ",", "20,000", "Zoë", "tale", "x" * 61, "C++", "東京", "'", "ß", "\n"]
)


@given(st.lists(PARTS, max_size=12).map("".join) | st.text(max_size=40))
def test_plain_texts_go_a_shorter_way_to_the_same_words(text: str) -> None:
    assert tokens.indexed(text) == tokens._indexed(tokens._signs(text))


def test_fields_of_a_book_are_not_read_as_one_text() -> None:
    words = of_book("Winter", "J. R. Doe", "Plan B", "C; Snow", None, -300)

    assert words == " twinter aj ar adoe oplan ob oc osnow o300 ajr hc hsnow "
