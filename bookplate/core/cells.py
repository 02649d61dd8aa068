"""Cells of the tables that we write for spreadsheets."""

# What a spreadsheet takes for the start of a formula, their full-width forms included (OWASP, CSV injection).
FORMULA = tuple("=+-@\t\r＝＋－＠")


def safe(text: str) -> str:
    """A text of ours that every spreadsheet shows as it is, whatever it begins with."""
    return f"'{text}" if text.startswith(FORMULA) else text
