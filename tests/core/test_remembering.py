"""What is kept of texts, so that nobody can fill the memory with them."""

from bookplate.core.remembering import LONGEST, remembered


def test_short_texts_are_looked_at_once_and_long_ones_each_time() -> None:
    seen: list[str] = []

    @remembered(2)
    def length(text: str) -> int:
        seen.append(text)
        return len(text)

    short, long = "x" * LONGEST, "x" * (LONGEST + 1)

    assert [length(text) for text in (short, short, long, long)] == [LONGEST, LONGEST, LONGEST + 1, LONGEST + 1]
    assert seen == [short, long, long]
