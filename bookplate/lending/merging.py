"""Two editions that turn out to be one, made one: its copies, loans and holds are then of one book.

It stands here and not with the books, as queues and offers must come out right, and lending may ask the catalogue
while the catalogue knows nothing of lending. Undoing it is `unmerging`.
"""

from collections.abc import Iterator, Mapping
from heapq import merge as in_line
from typing import Any, Literal, TypeAlias

from django.db import models, transaction
from django.utils import timezone

from bookplate.catalog.books import PUBLIC
from bookplate.catalog.duplicates import besides
from bookplate.catalog.duplicates.likeness import COMPARED
from bookplate.catalog.duplicates.models import Merge
from bookplate.catalog.importing.matching import lost_name
from bookplate.catalog.models import Book, Copy
from bookplate.core import events
from bookplate.core.errors import Conflict, Invalid, RemovedMeanwhile
from bookplate.core.events import Note
from bookplate.lending import holds
from bookplate.lending.models import Hold, HoldState
from bookplate.lending.models.holds import IN_LINE
from bookplate.people.fields import DerivedField

Chosen: TypeAlias = Mapping[str, Literal["keep", "merged"]]


class ReadyTwice(Conflict):
    title = "Both books are ready for the same member"


@transaction.atomic
def merge(keep: Book, merged: Book, chosen: Chosen | None = None) -> Merge:
    """Make `merged` a part of `keep`: its copies, their loans and its holds go along, and its number leads there.

    `chosen` says for a field whose value stays: that of "keep" unless told, or of "merged" where that has none.
    Raises `Invalid`, `RemovedMeanwhile` or `ReadyTwice`.
    """
    kept, gone = _lock(keep, merged)
    copies = Copy.objects.filter(book=gone).select_for_update().order_by("pk")
    record = Merge(kept=kept.pk, merged=gone.pk, title=gone.title, values={"kept": as_json(kept)})
    record.values |= {"merged": as_json(gone)}
    record.moved = {"copies": [copy.pk for copy in copies]}
    _line_up(kept, gone)
    ended = _end_double_holds(kept, gone)
    record.moved |= {"ended": [hold.pk for hold in ended], "holds": _move(gone, kept)}
    record.besides = besides.written(gone)
    gone.delete()
    _put(kept, _chosen(kept, gone, chosen or {}))
    record.values["after"] = as_json(kept)
    record.kept_name, record.merged_name = (
        lost_name(Book(**from_json(record.values[which])), kept) for which in ("kept", "merged")
    )
    record.save()
    others = holds.shifted(Hold.objects.waiting().for_library().filter(book=kept))
    events.record_all([*_notes(kept, gone, record), *_notes_of(ended, kept), *others])
    return record


def _lock(keep: Book, merged: Book) -> tuple[Book, Book]:
    """The smaller number first, so that no two merges wait for each other; then their copies, as everywhere."""
    if keep.pk == merged.pk:
        raise Invalid("merged", "Name two different books.")
    numbers = [keep.pk, merged.pk]
    found = {book.pk: book for book in Book.objects.select_for_update().filter(pk__in=numbers).order_by("pk")}
    for book in (keep, merged):
        if book.pk not in found:
            raise RemovedMeanwhile(f"“{book.title}” was removed or merged meanwhile.")
    return found[keep.pk], found[merged.pk]


def as_json(book: Book) -> dict[str, Any]:
    """What somebody wrote, column by column; what is worked out from it is not kept."""
    return {field.name: _plain(field.value_from_object(book)) for field in _columns()}


def from_json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: field.to_python(values[field.name]) for field in _columns() if field.name in values}


def _columns() -> "list[models.Field[Any, Any]]":
    own = [field for field in Book._meta.concrete_fields if not field.primary_key and not field.generated]
    return [field for field in own if not isinstance(field, DerivedField)]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _end_double_holds(kept: Book, gone: Book) -> list[Hold]:
    """Whoever waits for both waits once: with the place that is nearer, or for the copy that is ready."""
    first, second = (_of_library(book) for book in (kept, gone))
    ended = [_lesser(first[member], second[member]) for member in first.keys() & second.keys()]
    for hold in ended:
        hold.state, hold.ended_at = HoldState.CANCELLED, timezone.now()
        hold.save(update_fields=["state", "ended_at"])
    return ended


def _of_library(book: Book) -> dict[int, Hold]:
    active = Hold.objects.active().for_library().filter(book=book).select_related("member")
    return {hold.member_id: hold for hold in active}


def _lesser(one: Hold, other: Hold) -> Hold:
    ready = [hold for hold in (one, other) if hold.state == HoldState.READY]
    if len(ready) == 2:
        raise ReadyTwice(f"Both are set aside for {one.member}. Hand one over, or cancel one of the two holds first.")
    better = ready[0] if ready else min(one, other, key=lambda hold: (hold.placed_at, hold.pk))
    return other if better is one else one


def _line_up(kept: Book, gone: Book) -> None:
    """Both queues as one, in the order in which people came; each keeps its own, which a librarian may have changed."""
    queues = (Hold.objects.active().filter(book=book).order_by(*IN_LINE) for book in (kept, gone))
    line = list(in_line(*queues, key=lambda hold: hold.placed_at))
    for rank, hold in enumerate(line, 1):
        hold.rank = rank
    Hold.objects.bulk_update(line, ["rank"])


def _move(gone: Book, kept: Book) -> list[int]:
    """The copies and the holds, the past ones too; which holds."""
    moved = list(Hold.objects.filter(book=gone).order_by("pk").values_list("pk", flat=True))
    Copy.objects.filter(book=gone).update(book=kept)
    Hold.objects.filter(book=gone).update(book=kept)
    return moved


def _chosen(kept: Book, gone: Book, chosen: Chosen) -> dict[str, Any]:
    """The values that change; a cover is of the edition that the ISBN names."""
    names = [name for name in COMPARED if _takes_other(kept, gone, name, chosen)]
    return {name: getattr(gone, name) for name in (*names, *(["cover"] if "isbn" in names else []))}


def _takes_other(kept: Book, gone: Book, name: str, chosen: Chosen) -> bool:
    unknown = getattr(kept, name) in ("", None) and getattr(gone, name) not in ("", None)
    usual = "merged" if unknown else "keep"
    return chosen.get(name, usual) == "merged"


def _put(book: Book, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(book, name, value)
    book.save()


def _notes(kept: Book, gone: Book, record: Merge) -> list[Note]:
    """Told as a removal and a change: whoever shows the two has nothing new to learn."""
    words = f"“{gone.title[:120]}” (book {record.merged})"
    return [Note("book.removed", PUBLIC, book=record.merged), Note("book.merged", PUBLIC, book=kept.pk, note=words)]


def _notes_of(ended: list[Hold], kept: Book) -> Iterator[Note]:
    for hold in ended:
        hold.book = kept
        yield holds.note_of("hold.cancelled", hold)
