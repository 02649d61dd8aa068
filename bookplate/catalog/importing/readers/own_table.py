"""The table that Bookplate exports: a line for each copy, with what spreadsheets would run made harmless."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from bookplate.catalog.importing import cleaning
from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.readers import layouts, own, rows
from bookplate.catalog.importing.readers.table import item
from bookplate.catalog.importing.records import START, Draft, Failed, Held, Item, Place
from bookplate.core.cells import plain

HEADER = (*own.FIELDS, *Held._fields)
_YEAR = re.compile(r"-?\d{1,4}")


class OwnTable:
    name = "bookplate-csv"
    label = "CSV that Bookplate exported"
    suffix = ".csv"
    noun = "rows"
    skips = "no books"
    into = Books

    def recognises(self, head: bytes) -> bool:
        how = layouts.of(head)
        return how is not None and _is_ours(how)

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        how = layouts.of_file(path)
        how = replace(how, script=how.script._replace(literal=True))
        first = len(how.header) - len(HEADER)
        for row in rows.rows(path, how, start):
            yield item(row, partial(_draft, row.cells[first:]))

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        return rows.write_back(path, failures)


def _is_ours(how: layouts.Layout) -> bool:
    header = tuple(how.header)
    return header in (HEADER, rows.OUR_COLUMNS + HEADER)


def _draft(cells: list[str]) -> Draft:
    values = dict.fromkeys(HEADER, "") | dict(zip(HEADER, map(plain, cells), strict=False))
    year = values["published_year"]
    told = int(year) if _YEAR.fullmatch(year) else cleaning.year(year)
    copies = (Held(values["barcode"], values["shelfmark"]),) if values["barcode"] else ()
    return own.draft({**values, "published_year": told}, copies, complete=True)
