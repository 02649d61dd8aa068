"""Cells of the tables that we write for spreadsheets."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

# By it a spreadsheet knows that the file is UTF-8.
BOM = b"\xef\xbb\xbf"

# What a spreadsheet takes for the start of a formula, their full-width forms included (OWASP, CSV injection), behind
# any apostrophes: one of them more is what makes it a text, and one less gives back what was there.
FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_SAFE = re.compile("'+[=+\\-@\t\r\n＝＋－＠]")
_AT_ONCE = 100


def safe(text: str) -> str:
    """What every spreadsheet shows as a text, whatever it begins with."""
    return f"'{text}" if FORMULA.match(text) else text


def plain(text: str) -> str:
    """The text that `safe` made this of."""
    return text[1:] if _SAFE.match(text) else text


def line(cells: Iterable[str]) -> bytes:
    """A line of CSV with these, each safe."""
    return b"".join(lines([list(map(safe, cells))]))


def lines(rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Lines of CSV with cells that are safe already, some at a time."""
    text = io.StringIO(newline="")
    write = csv.writer(text).writerow
    for number, row in enumerate(rows, 1):
        write(row)
        if number % _AT_ONCE == 0:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    taken = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return taken
