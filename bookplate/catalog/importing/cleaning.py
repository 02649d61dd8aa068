"""Make text of what a file holds: one line, without control characters, and years and ISBNs out of it."""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache

from bookplate.catalog import isbn
from bookplate.catalog.importing.records import Unfit
from bookplate.people.folding import normal

# Control characters, NUL among them, and halves of surrogate pairs, which no database keeps.
# C1 controls mark where sorting starts in MARC records of Germany and France. Marks of direction that
# came along by copying would make two titles of one.
_CONTROLS = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_BLANKS = re.compile(r"\s+")
_YEAR = re.compile(r"^\+?(-?\d{1,4})(?:[.,]0*)?$")
# 1927 to 2119; what is shorter is a year.
_SERIAL = re.compile(r"^[1-7]\d{4}(?:[.,]\d+)?$")
_FIRST_DAY = date(1899, 12, 30)
_YEAR_WITHIN = re.compile(r"(?<!\d)(1\d{3}|20\d{2})(?!\d)")
_RUINED = re.compile(r"\dE\+?\d", re.IGNORECASE)
_FLOAT = re.compile(r"^(\d{7,13})[.,]0*$")
_ZEROS_LOST = re.compile(r"^\d{6,8}[\dX]$", re.IGNORECASE)
# "0141439513 (pbk.)"
_QUALIFIED = re.compile(r"(?<=[\dXx])\s*\([^()]*\)$")
_SEVERAL = re.compile(r"[,;|/]")
LONGEST_ISBN_CELL = 200


def clean(text: str) -> str:
    """One line, composed (NFC), blanks run together, nothing that a database cannot store."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    kept = _CONTROLS.sub("", text)
    return normal("NFC", _BLANKS.sub(" ", kept)).strip()


def year(text: str) -> int | None:
    """The year in "2008", "2008.0", "-750", "c1987", "[1998?]", "2020-05-01"; `None` when it cannot be told."""
    return _year(text.strip()[:100])


@lru_cache(4096)
def _year(shown: str) -> int | None:
    if plain := _YEAR.match(shown):
        return int(plain[1]) or None
    found = [int(digits) for digits in _YEAR_WITHIN.findall(shown)]
    # "1435 [2014]" is a year of the Hijra and ours.
    return next((one for one in found if one >= 1500), found[0] if found else None)


def day_by_number(text: str) -> date | None:
    """The day that Excel keeps as a number, where nothing says that it is one: "43831" is the first of 2020."""
    return _FIRST_DAY + timedelta(days=int(text[:5])) if _SERIAL.match(text) else None


def natural(name: str) -> str:
    """ "Eco, Umberto" as on the title page; a name without a comma, or with several, stays."""
    surname, comma, rest = name.partition(",")
    return f"{rest.strip()} {surname.strip()}" if comma and rest.strip() and "," not in rest else name


def isbn_of_row(cells: Iterable[str]) -> str | None:
    """The ISBN that a row's cells give, the first cell first; raises `Unfit`.

    A number that a spreadsheet rounded is passed over where another cell has a whole one. Any other
    wrong number refuses the row: which of two numbers is the book's only a person can tell.
    """
    given = [*filter(None, map(str.strip, cells))]
    if len(given) == 1 and isbn.is_kept(given[0]):
        return given[0]
    whole: list[str] = []
    ruined: list[str] = []
    for cell in given:
        if _RUINED.search(cell[:LONGEST_ISBN_CELL]):
            ruined.append(cell)
        else:
            whole += filter(None, map(_number, _SEVERAL.split(cell[:LONGEST_ISBN_CELL])))
    if ruined and not whole:
        _number(ruined[0])
    return whole[0] if whole else None


def isbn_of_record(texts: Iterable[str]) -> str | None:
    """The first ISBN of those that a MARC record gives for bindings and volumes; raises `Unfit` when all are wrong."""
    wrong: Unfit | None = None
    for text in texts:
        try:
            if number := _number(text):
                return number
        except Unfit as error:
            wrong = wrong or error
    if wrong:
        raise wrong
    return None


def _number(text: str) -> str | None:
    """The 13 digits; zeros that a spreadsheet took from the front of an ISBN-10 are put back."""
    shown = _FLOAT.sub(r"\1", _QUALIFIED.sub("", text.strip()))
    if _ZEROS_LOST.match(shown):
        with suppress(isbn.BadISBN):
            return isbn.normalise(shown.zfill(10))
    try:
        return isbn.normalise(shown)
    except isbn.BadISBN as error:
        raise Unfit("isbn", str(error)) from None
