"""Proving the state of lending: what is shown of each copy and hold against the rows of loans and holds (G17).

Many rows are looked at in one query without locking any; what looks wrong is looked at again under its book's lock,
as a desk at work may have been half way. Repaired is what follows from the rows alone; the rest is named.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from bookplate.catalog.models import Copy, CopyQuerySet, State
from bookplate.core import events
from bookplate.core.events import Note
from bookplate.core.models import Audience
from bookplate.lending import holds
from bookplate.lending.locks import lock_copy
from bookplate.lending.models import Hold, HoldQuerySet, HoldState, Loan

BATCH = 5000
Seen = Callable[[int], object]


@dataclass(frozen=True)
class Fault:
    words: str
    repaired: bool = False


def check(*, repair: bool = False, seen: Seen = lambda copies: None) -> Iterator[Fault]:
    """Each thing that does not agree; `seen` is told of copies as they are done."""
    yield from _loans()
    yield from _holds(repair)
    yield from _copies(repair, seen)


def _copies(repair: bool, seen: Seen) -> Iterator[Fault]:
    last = 0
    while numbers := list(Copy.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        suspects = _disagreeing(Copy.objects.filter(pk__gt=last, pk__lte=numbers[-1]))
        for copy in suspects.select_related("book"):
            if fault := _look_again(copy, repair):
                yield fault
        last = numbers[-1]
        seen(len(numbers))


def _disagreeing(copies: CopyQuerySet) -> CopyQuerySet:
    out = Exists(Loan.objects.open().filter(copy=OuterRef("pk")))
    kept = Exists(Hold.objects.filter(copy=OuterRef("pk"), state=HoldState.READY))
    on_loan, held = Q(state=State.ON_LOAN), Q(state=State.HELD)
    return copies.filter(Q(out) & ~on_loan | ~Q(out) & on_loan | Q(kept) & ~held | ~Q(kept) & held)


@transaction.atomic
def _look_again(copy: Copy, repair: bool) -> Fault | None:
    copy = lock_copy(copy)
    if not _disagreeing(Copy.objects.filter(pk=copy.pk)).exists():
        return None
    out = copy.loans.open().exists()
    words = f"Copy {copy.barcode} is shown as {copy.get_state_display().lower()}, but {_truth(copy, out)}."
    if not repair:
        return Fault(words)
    waits = _mend(copy, out)
    repaired = Note("copy.repaired", (Audience.STAFF, None), book=copy.book_id, copy=copy.pk, note=words)
    events.record_all([repaired, *waits])
    return Fault(words, repaired=True)


def _truth(copy: Copy, out: bool) -> str:
    kept = _is_set_aside(copy)
    if out and kept:
        return "it has a loan and is set aside as well"
    return "it has a loan" if out else "it is set aside for somebody" if kept else "it has no loan and nobody's hold"


def _is_set_aside(copy: Copy) -> bool:
    """As the holds say, whatever is shown."""
    return copy.holds.filter(state=HoldState.READY).exists()


def _mend(copy: Copy, out: bool) -> list[Note]:
    """A loan counts for more than a hold, and that somebody said it is lost for more than one either."""
    if out:
        holds.set_state(copy, State.ON_LOAN)
        return holds.withdraw_offer(copy)
    if copy.state in (State.LOST, State.DAMAGED, State.WITHDRAWN):
        return holds.withdraw_offer(copy)
    if _is_set_aside(copy):
        holds.set_state(copy, State.HELD)
        return []
    return holds.settle(copy)


def _holds(repair: bool) -> Iterator[Fault]:
    for hold in _left_over().select_related("book"):
        yield _put_right(hold, repair)
    for hold in _impossible().select_related("copy", "wanted"):
        yield Fault(f"Hold {hold.pk} is for another book than its copy, or for a copy that it cannot have. Cancel it.")
    for hold in _in_vain():
        yield Fault(f"Hold {hold.pk} waits for a book of which the library has no copy. Cancel it, or add a copy.")
    for hold in _beside_another():
        yield Fault(f"Hold {hold.pk} is a second one of the same card for the same book. Cancel one of them.")


def _left_over() -> HoldQuerySet:
    """Waiting, with something of a copy that was set aside once."""
    left = Q(copy__isnull=False) | Q(ready_until__isnull=False)
    return Hold.objects.filter(left, state=HoldState.WAITING)


def _impossible() -> HoldQuerySet:
    other_book = ~Q(wanted__book=F("book")) & Q(wanted__isnull=False) | ~Q(copy__book=F("book")) & Q(copy__isnull=False)
    other_copy = Q(copy__isnull=False, wanted__isnull=False) & ~Q(copy=F("wanted"))
    somebodys = Q(wanted__isnull=True) & (Q(copy__owner__isnull=False) | Q(copy__owner_group__isnull=False))
    gone = Q(wanted__state=State.WITHDRAWN)
    return Hold.objects.active().filter(other_book | other_copy | somebodys | gone)


def _in_vain() -> HoldQuerySet:
    there = Copy.objects.of_library().filter(book=OuterRef("book")).exclude(state=State.WITHDRAWN)
    return Hold.objects.waiting().filter(~Exists(there), wanted__isnull=True)


def _beside_another() -> HoldQuerySet:
    earlier = (
        Hold.objects.active()
        .for_library()
        .filter(book=OuterRef("book"), member=OuterRef("member"), pk__lt=OuterRef("pk"))
    )
    return Hold.objects.active().for_library().filter(Exists(earlier))


@transaction.atomic
def _put_right(hold: Hold, repair: bool) -> Fault:
    words = f"Hold {hold.pk} waits, but keeps something of a copy that was set aside for it."
    hold = holds.lock_hold(hold)
    if repair and hold.state == HoldState.WAITING:
        hold.copy, hold.ready_until = None, None
        hold.save(update_fields=["copy", "ready_until"])
    return Fault(words, repaired=repair)


def _loans() -> Iterator[Fault]:
    for number in Loan.objects.filter(returned_at__lt=F("lent_at")).values_list("pk", flat=True):
        yield Fault(f"Loan {number} ended before it began.")
