"""The words that a text is found by."""

import pytest

from bookplate.catalog.search.tokens import indexed


@pytest.mark.parametrize(
    ("text", "words", "besides"),
    [
        ("The Café, again!", "the cafe again", ""),
        ("Ｄｕｎｅ ﬁnds Straße", "dune finds strasse", ""),
        ("Jean-Paul O’Brien", "jean paul o brien", "jeanpaul obrien"),
        ("L'Étranger", "l etranger", "letranger"),
        ("J.R.R. Tolkien", "j r r tolkien", "jrr"),
        ("J. R. R. Tolkien", "j r r tolkien", "jrr"),
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
def test_words(text: str, words: str, besides: str) -> None:
    assert indexed(text) == (words.split(), besides.split())
