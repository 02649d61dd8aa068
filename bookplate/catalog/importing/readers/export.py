"""A program's own export as a table: told by the names of its columns, which never change."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.readers import layouts, rows
from bookplate.catalog.importing.readers.columns import Columns
from bookplate.catalog.importing.readers.table import Cells, item
from bookplate.catalog.importing.records import START, Draft, Failed, Item, Place


@dataclass(frozen=True)
class Export:
    """One such format: the columns by which it is known, what ours are called there, and what a row says."""

    name: str
    label: str
    telling: frozenset[str]
    columns: Mapping[str, Sequence[str]]
    """For each of our fields its columns, the preferred first."""
    draft: Callable[[Cells], Draft]
    suffix: str = ".csv"
    quoted: bool = True
    """Whether its cells are enclosed in quotation marks where they need it."""
    noun: str = "rows"
    skips: str = "no books"
    into: type[Books] = Books

    def recognises(self, head: bytes) -> bool:
        how = layouts.of(head)
        return how is not None and self.telling <= {name.strip().lower() for name in how.header}

    def read(self, path: Path, start: Place = START) -> Iterator[Item]:
        how = self._layout(path)
        columns = self.places(how.header)
        for row in rows.rows(path, how, start):
            yield item(row, partial(self.draft, Cells(row.cells, columns)))

    def write_back(self, path: Path, failures: Iterable[Failed]) -> Iterator[bytes]:
        return rows.written(self._layout(path), failures)

    def places(self, header: Sequence[str]) -> Columns:
        there = [name.strip().lower() for name in header]
        return {field: [there.index(name) for name in names if name in there] for field, names in self.columns.items()}

    def _layout(self, path: Path) -> layouts.Layout:
        return replace(layouts.of_file(path), quoted=self.quoted)
