"""Cells of the tables that we write for spreadsheets."""

import csv
import io
from collections.abc import Iterable

# By it a spreadsheet knows that the file is UTF-8.
BOM = b"\xef\xbb\xbf"

# What a spreadsheet takes for the start of a formula, their full-width forms included (OWASP, CSV injection).
FORMULA = tuple("=+-@\t\r＝＋－＠")


def safe(text: str) -> str:
    """A text of ours that every spreadsheet shows as it is, whatever it begins with."""
    return f"'{text}" if text.startswith(FORMULA) else text


def line(cells: Iterable[str]) -> bytes:
    """A line of CSV with these, each safe."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow(map(safe, cells))
    return text.getvalue().encode()
