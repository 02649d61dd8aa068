"""What the records of a file become: one `Batch` for each kind, which the pipeline fills, counts and writes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol, Self, TypeVar

from django.db.models import Model

from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.records import Broken, Item, Record, Skipped, Unfit
from bookplate.catalog.importing.rehearsal import Rehearsal
from bookplate.core.events import Note

D_contra = TypeVar("D_contra", contravariant=True)


class Fate(StrEnum):
    """What becomes of a record that can be brought in; the names are those of an import's counts."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass
class Written:
    """What was written, by the label of each table ("catalog.book"), as `ImportStep` keeps it."""

    created: dict[str, list[int]] = field(default_factory=dict)
    changed: dict[str, dict[int, dict[str, tuple[Any, Any]]]] = field(default_factory=dict)

    def add(self, other: Self) -> None:
        for label, numbers in other.created.items():
            self.created.setdefault(label, []).extend(numbers)
        for label, rows in other.changed.items():
            known = self.changed.setdefault(label, {})
            for number, fields in rows.items():
                known[number] = known.get(number, {}) | fields

    def __bool__(self) -> bool:
        return any(self.created.values()) or any(self.changed.values())


class Batch(Protocol[D_contra]):
    """Some records of one file, decided in memory and then written; all within one transaction.

    Made anew for each batch: it finds (and locks) what the drafts may be about, in as many queries
    however many they are, in the library or in what a dry run would have written before.
    """

    can_be_undone: ClassVar[bool]
    """Whether `written` tells all that `save` did."""

    def __init__(self, drafts: Sequence[D_contra], job: Import, rehearsal: Rehearsal | None) -> None: ...

    def decide(self, draft: D_contra) -> Fate:
        """What becomes of this one, the earlier ones of the batch considered; raises `Unfit`."""

    def save(self) -> Iterable[Note]:
        """Write what was decided; what is to be told, the pipeline records last."""

    def written(self) -> Written:
        """What `save` has written; in the order in which rows are to be locked."""

    @staticmethod
    def undone(removed: Sequence[Model], restored: Sequence[Model]) -> Iterator[Note]:
        """What is to be told when it was undone."""

    def rehearse(self, rehearsal: Rehearsal) -> None:
        """Keep what `save` would have written, for the later batches of a dry run."""


@dataclass
class Outcome:
    """What became of some records."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[Broken] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    written: Written = field(default_factory=Written)

    def decide(self, items: Iterable[Item], batch: Batch[object]) -> Self:
        for item in items:
            match item:
                case Record():
                    self._decide(item, batch)
                case Broken():
                    self.fail(item)
                case Skipped():
                    self.counts["skipped"] += 1
        return self

    def _decide(self, record: Record, batch: Batch[object]) -> None:
        try:
            self.counts[batch.decide(record.draft)] += 1
        except Unfit as error:
            self.fail(broken(record, str(error), error.field))

    def fail(self, item: Broken) -> Self:
        self.failed.append(item)
        self.counts["failed"] += 1
        return self

    def add(self, other: Self) -> None:
        self.counts += other.counts
        self.failed += other.failed
        self.notes += other.notes
        self.written.add(other.written)


def broken(item: Item, reason: str, name: str = "") -> Broken:
    return Broken(item.position, item.offset, item.end, item.content, reason=reason, field=name)
