"""Cells that no spreadsheet runs, and that come back as they were (G23)."""

from hypothesis import given
from hypothesis import strategies as st

from bookplate.core.cells import plain, safe

STARTS = "=+-@\t\r\n＝＋－＠"


@given(st.text("'=+-@\t\r\n＝＋－＠a1", max_size=6))
def test_no_safe_cell_starts_a_formula_and_each_comes_back(text: str) -> None:
    assert not safe(text).startswith(tuple(STARTS))
    assert plain(safe(text)) == text


def test_what_is_harmless_stays_as_it_is() -> None:
    assert [safe(text) for text in ("'Tis", "a=1", "", "1831")] == ["'Tis", "a=1", "", "1831"]
    assert [plain(text) for text in ("'Tis", "''", "'a=1")] == ["'Tis", "''", "'a=1"]
    assert [safe(text) for text in ("=1", "'=1", "''@")] == ["'=1", "''=1", "'''@"]
