"""Dates as other systems and spreadsheets write them.

Whether 03/04/2026 is in March or in April only the other dates of the same file can tell; when they do
not, whoever brings it in may say so (`readings`); nobody guesses.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bookplate.catalog.importing.cleaning import clean, day_by_number
from bookplate.catalog.importing.records import Unfit

OLDEST, LAST = 1900, 2999
_NO_DATE = re.compile(r"^0{1,4}[-/.]0{1,2}[-/.]0{1,4}\b")
_TIME = r"(?:[T ,]\s*\d{1,2}[:.]\d{2}.*)?$"
_YEAR_FIRST = re.compile(r"^(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))" + _TIME)
_DOTTED = re.compile(r"^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})" + _TIME)
_SLASHED = re.compile(r"^(\d{1,2})([-/])(\d{1,2})\2(\d{4}|\d{2})" + _TIME)
_DAY_NAMED = re.compile(r"^(\d{1,2})[-. ]+([a-z]{3})[a-z]*[-. ,]+(\d{4}|\d{2})" + _TIME, re.IGNORECASE)
_MONTH_NAMED = re.compile(r"^([a-z]{3})[a-z]*[. ]+(\d{1,2}),?\s+(\d{4})" + _TIME, re.IGNORECASE)
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}


class Order(Enum):
    """How a file writes dates with slashes, as far as its dates together tell."""

    DAY_FIRST = "day"
    MONTH_FIRST = "month"
    UNTOLD = ""
    MIXED = "mixed"


def order_of(texts: Iterable[str]) -> Order:
    """What the dates of a whole file say together: a number above 12 is a day."""
    orders: set[Order] = set()
    for text in texts:
        if found := _SLASHED.match(clean(text)):
            first, second = int(found[1]), int(found[3])
            if 12 < max(first, second) <= 31 and min(first, second) <= 12:
                orders.add(Order.DAY_FIRST if first > 12 else Order.MONTH_FIRST)
        if len(orders) > 1:
            return Order.MIXED
    return orders.pop() if orders else Order.UNTOLD


@dataclass(frozen=True)
class Dates:
    """Reads the dates of one file."""

    order: Order

    def read(self, text: str, field: str) -> date | None:
        """The day in `text`, its time passed over; `None` for no date; raises `Unfit`, naming the field."""
        shown = clean(text)[:100]
        if not shown or _NO_DATE.match(shown):
            return None
        try:
            day = date(*self._parts(shown, field))
        except Unfit:
            raise
        except ValueError:
            raise Unfit(field, f"“{shown}” is not a date that can be read. Write it as 2026-12-31.") from None
        if not OLDEST <= day.year <= LAST:
            raise Unfit(field, f"The year {day.year} cannot be right.")
        return day

    def _parts(self, text: str, field: str) -> tuple[int, int, int]:
        """Year, month and day; raises `ValueError` where there are none."""
        if found := _YEAR_FIRST.match(text):
            return int(found[1]), int(found[3] or found[5]), int(found[4] or found[6])
        if found := _DOTTED.match(text):
            return _year(found[3]), int(found[2]), int(found[1])
        if found := _DAY_NAMED.match(text):
            return _year(found[3]), _month(found[2]), int(found[1])
        if found := _MONTH_NAMED.match(text):
            return _year(found[3]), _month(found[1]), int(found[2])
        if found := _SLASHED.match(text):
            return _year(found[4]), *self._month_and_day(int(found[1]), int(found[3]), text, field)
        if day := day_by_number(text):
            return day.year, day.month, day.day
        raise ValueError

    def _month_and_day(self, first: int, second: int, text: str, field: str) -> tuple[int, int]:
        if first == second:
            return first, second
        if first > 12 or (second <= 12 and self.order is Order.DAY_FIRST):
            return second, first
        if second > 12 or self.order is Order.MONTH_FIRST:
            return first, second
        why = "no other date of the file tells" if self.order is Order.UNTOLD else "the file writes dates in both ways"
        raise Unfit(
            field, f"{text} may begin with the day or with the month: {why}. Write it as 2026-12-31, or choose which."
        )


def _month(name: str) -> int:
    if name.lower() not in _MONTHS:
        raise ValueError
    return _MONTHS[name.lower()]


def _year(digits: str) -> int:
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 70 else 1900)
