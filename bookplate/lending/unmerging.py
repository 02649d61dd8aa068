"""Two editions that were made one, made two again (`merging`), with all that was the merged one's.

What was lent, placed or edited since stays as it is and goes with the copy that it is about. Where the two have grown
together since, it is refused in words that say what to do first.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from bookplate.catalog.books import PUBLIC
from bookplate.catalog.duplicates import besides
from bookplate.catalog.duplicates.likeness import COMPARED
from bookplate.catalog.duplicates.models import Merge
from bookplate.catalog.models import Book, Copy, State
from bookplate.core import events
from bookplate.core.errors import Conflict
from bookplate.core.events import Note
from bookplate.core.models import locked
from bookplate.lending import holds
from bookplate.lending.merging import as_json, from_json
from bookplate.lending.models import Hold, HoldState


class MergeStands(Conflict):
    title = "The merge cannot be undone"


@dataclass(frozen=True)
class _Parting:
    """Who goes which way."""

    merge: Merge
    kept: Book
    copies: list[int]
    """Those that go back to the merged book, by id."""

    def goes(self, hold: Hold) -> bool:
        """A hold goes with the copy that it is or was about, else where it came from."""
        copy = hold.wanted_id or hold.copy_id
        return copy in self.copies if copy else self.is_from_merged(hold)

    def is_from_merged(self, hold: Hold) -> bool:
        return hold.pk in self.merge.moved["holds"]

    def is_new(self, hold: Hold) -> bool:
        return not self.is_from_merged(hold) and hold.placed_at > self.merge.at


@transaction.atomic
def undo(merge: Merge) -> Book:
    """The merged book as it was, with its copies and holds; raises `MergeStands`."""
    parting = _lock(merge)
    merge, kept = parting.merge, parting.kept
    waits = list(Hold.objects.filter(book=kept).select_related("member", "copy").order_by("pk"))
    _refuse_if_grown_together(parting, waits)
    _restore_values(merge, kept)
    gone = _restored(merge, kept)
    Copy.objects.filter(pk__in=parting.copies).update(book=gone)
    Hold.objects.filter(pk__in=[hold.pk for hold in waits if parting.goes(hold)]).update(book=gone)
    again = _wait_again(merge)
    besides.restore(merge.besides)
    merge.undone_at = timezone.now()
    merge.save(update_fields=["undone_at"])
    notes = [holds.note_of("hold.placed", hold) for hold in again]
    words = f"“{gone.title[:120]}” (book {gone.pk})"
    added, parted = Note("book.added", PUBLIC, book=gone.pk), Note("book.parted", PUBLIC, book=kept.pk, note=words)
    others = holds.shifted(Hold.objects.waiting().for_library().filter(book__in=[kept, gone]))
    events.record_all([*notes, added, parted, *others])
    return gone


def _lock(merge: Merge) -> _Parting:
    """The book first, then its copies, as everywhere."""
    kept = Book.objects.select_for_update().filter(pk=merge.kept).first()
    if kept is None:
        raise MergeStands(_why_gone(merge))
    copies = Copy.objects.select_for_update().filter(book=kept, pk__in=merge.moved["copies"]).order_by("pk")
    numbers = [copy.pk for copy in copies]
    merge = locked(merge)
    if merge.undone_at:
        raise MergeStands("Somebody has undone this merge already.")
    return _Parting(merge, kept, numbers)


def _why_gone(merge: Merge) -> str:
    later = Merge.objects.in_force().filter(merged=merge.kept).first()
    if later:
        return f"The book that “{merge.title}” became part of was merged with another since. Undo that merge first."
    return f"The book that “{merge.title}” became part of was removed since."


def _refuse_if_grown_together(parting: _Parting, waits: list[Hold]) -> None:
    _refuse_taken_isbns(parting)
    for hold in waits:
        if hold.state == HoldState.READY and hold.copy and _is_torn(parting, hold):
            raise MergeStands(
                f"Copy {hold.copy.barcode} is set aside for {hold.member}, who waited for the other of the two books. "
                "Hand it over or cancel the hold first."
            )
    _refuse_stranded(parting, waits)


def _is_torn(parting: _Parting, hold: Hold) -> bool:
    return not parting.is_new(hold) and parting.is_from_merged(hold) != parting.goes(hold)


def _refuse_stranded(parting: _Parting, waits: list[Hold]) -> None:
    """Whoever waits must have a copy to wait for."""
    for hold in waits:
        if hold.state == HoldState.WAITING and not hold.wanted_id and not _may_end(parting, hold):
            raise MergeStands(
                f"{hold.member} waits for “{parting.kept.title}”, and all copies that could end it would be the "
                "other book’s. Lend one of them to them or cancel the hold first."
            )


def _may_end(parting: _Parting, hold: Hold) -> bool:
    """Whether a copy is on their side; one that was lost since they came may be found."""
    copies = parting.kept.copies.of_library()
    copies = copies.filter(pk__in=parting.copies) if parting.goes(hold) else copies.exclude(pk__in=parting.copies)
    return copies.exclude(state__in=holds.GONE if parting.is_new(hold) else [State.WITHDRAWN]).exists()


def _refuse_taken_isbns(parting: _Parting) -> None:
    wanted = {parting.merge.values["merged"]["isbn"], _values(parting.merge, parting.kept)["isbn"]} - {None}
    taken = Book.objects.filter(isbn__in=wanted).exclude(pk=parting.kept.pk).first()
    if taken:
        raise MergeStands(f"“{taken.title}” has the ISBN {taken.isbn} now. Remove it there or merge the two first.")
    if _values(parting.merge, parting.kept)["isbn"] == parting.merge.values["merged"]["isbn"] in wanted:
        raise MergeStands(f"“{parting.kept.title}” was given the ISBN of the other book since. Remove it there first.")


def _values(merge: Merge, kept: Book) -> dict[str, Any]:
    """What the kept book had before; what somebody changed since stays."""
    before, after, now = merge.values["kept"], merge.values["after"], as_json(kept)
    return {name: before[name] if now[name] == after[name] else now[name] for name in (*COMPARED, "cover")}


def _restore_values(merge: Merge, kept: Book) -> None:
    for name, value in _values(merge, kept).items():
        setattr(kept, name, value)
    kept.save()


def _restored(merge: Merge, kept: Book) -> Book:
    """Under its own number."""
    gone = Book(pk=merge.merged, **from_json(merge.values["merged"]))
    gone.save(force_insert=True)
    return gone


def _wait_again(merge: Merge) -> list[Hold]:
    """The holds that the merge ended, unless the member waits for that book already."""
    ended = Hold.objects.filter(pk__in=merge.moved["ended"], state=HoldState.CANCELLED).select_related("member")
    again = [hold for hold in ended if not _waits(hold)]
    for hold in again:
        hold.state, hold.ended_at = HoldState.WAITING, None
        hold.save(update_fields=["state", "ended_at"])
    return again


def _waits(hold: Hold) -> bool:
    return Hold.objects.active().for_library().filter(book=hold.book_id, member=hold.member_id).exists()
