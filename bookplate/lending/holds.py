"""The queue for a book: joining and leaving it, the copy that is offered to the first in line, taking it.

Every change of a queue holds the book's lock. Where the next in line gets a copy, that is part of the
change that set it free, so it happens exactly once.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import DateField, F, Max, Q
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, State
from bookplate.core import events
from bookplate.core.errors import Conflict, Invalid, RemovedMeanwhile
from bookplate.core.events import Note
from bookplate.core.models import Audience, locked, update
from bookplate.lending import policy, rules
from bookplate.lending.locks import lock_copy, lock_member
from bookplate.lending.models import Hold, HoldQuerySet, HoldState, Loan
from bookplate.people.models import Member
from bookplate.people.roles import Viewer
from bookplate.people.statements import Prepared, Slot

GONE = [State.LOST, State.WITHDRAWN]

_COPY, _BOOK = Slot("copy", Copy._meta.pk), Slot("book", Book._meta.pk)
_TODAY, _MEMBER = Slot("today", DateField()), Slot("member", Member._meta.pk)
_OF_LIBRARY, _SOMEBODYS = Copy(pk=_COPY, book_id=_BOOK), Copy(pk=_COPY, book_id=_BOOK, owner_id=_COPY)


def _taken_by(copy: Copy) -> HoldQuerySet:
    """Those of a member that lending them `copy` ends, the one for this very copy first."""
    fits = Q(state=HoldState.WAITING) | Q(state=HoldState.READY, copy=copy.pk)
    return Hold.objects.filter(fits, member=_MEMBER).ended_by(copy).order_by(F("wanted_id").desc(nulls_last=True), "id")


_MINE = Prepared(lambda: _taken_by(_OF_LIBRARY))
_MINE_OF_SOMEBODYS = Prepared(lambda: _taken_by(_SOMEBODYS))
_FIRST_IN_LINE = Prepared(
    lambda: Hold.objects.waiting().not_suspended(_TODAY).ended_by(_OF_LIBRARY).select_related("member")
)


class HeldForAnother(Conflict):
    title = "The copy is held for somebody else"


class AlreadyHeld(Conflict):
    title = "The member waits for this book already"


class AlreadyBorrowed(Conflict):
    title = "The member has this book"


class NothingToWaitFor(Conflict):
    title = "The library has no copy that could come back"


class NobodyWaits(Conflict):
    title = "Nobody waits for this copy"


class HoldOver(Conflict):
    title = "The hold is over"


@transaction.atomic
def place(book: Book, member: Member, *, by: Viewer | None = None) -> Hold:
    """Put `member` last in the queue for any of the library's copies that `by` may see (all, for the server).

    Raises `AlreadyHeld`, `AlreadyBorrowed`, `NothingToWaitFor` or `CardExpired`.
    """
    book, member = locked(book), lock_member(member)
    policy.card_is_good(member)
    copies = Copy.objects.visible_to(by) if by else Copy.objects.all()
    if not copies.filter(book=book).of_library().exclude(state__in=GONE).exists():
        raise NothingToWaitFor(f"The library has no copy of “{book.title}” to wait for. Perhaps somebody else has one.")
    return _join(Hold(book=book, member=member))


@transaction.atomic
def place_on(copy: Copy, member: Member) -> Hold:
    """Put `member` last in the queue for this one copy of the library; raises as `place` does."""
    copy = lock_copy(copy)
    member = lock_member(member)
    policy.card_is_good(member)
    if copy.state in GONE:
        raise NothingToWaitFor(f"“{copy.book.title}” ({copy.barcode}) is {copy.get_state_display().lower()}.")
    return _join(Hold(book=copy.book, wanted=copy, member=member))


def _join(hold: Hold) -> Hold:
    book, member = hold.book, hold.member
    if Hold.objects.active().for_library().filter(book=book, member=member).exists():
        raise AlreadyHeld(f"{member} waits for “{book.title}” already.")
    if Loan.objects.open().filter(member=member, copy__in=book.copies.of_library()).exists():
        raise AlreadyBorrowed(f"{member} has “{book.title}” now. It can be renewed instead.")
    enter(hold)
    _record("hold.placed", hold)
    return hold


def enter(hold: Hold) -> None:
    """Save a new hold behind all others of its book."""
    last: int | None = Hold.objects.active().filter(book=hold.book).aggregate(last=Max("rank"))["last"]
    hold.rank = max(last or 0, 0) + 1  # those that were moved in have ranks below zero
    hold.save()


@transaction.atomic
def cancel(hold: Hold) -> None:
    """End a wait; a copy that was set aside goes to the next in line. Over already, it changes nothing."""
    events.record_all(withdraw(hold))


def withdraw(hold: Hold) -> list[Note]:
    """`cancel` within a larger transaction, which records the events last."""
    hold = lock_hold(hold)
    if not hold.is_active:
        return []
    next_in_line = leave(hold, HoldState.CANCELLED)
    return [note_of("hold.cancelled", hold), *next_in_line]


def pass_on_expired(now: datetime | None = None) -> int:
    """End the holds that nobody fetched in time, each copy going to the next in line; how many."""
    late = Hold.objects.overdue_at_shelf(now or timezone.now()).select_related("book").order_by("ready_until", "id")
    return sum(_expire(hold, now or timezone.now()) for hold in late)


@transaction.atomic
def _expire(hold: Hold, now: datetime) -> bool:
    """Whether it was this call that ended it: another process may have been quicker."""
    hold = lock_hold(hold)
    if hold.state != HoldState.READY or hold.ready_until is None or hold.ready_until >= now:
        return False
    next_in_line = leave(hold, HoldState.EXPIRED)
    events.record_all([note_of("hold.expired", hold), *next_in_line])
    return True


@transaction.atomic
def suspend(hold: Hold, until: date | None) -> Hold:
    """Be passed over before the day `until`, without losing the place; None is to wait again at once.

    A copy that was set aside goes to the next in line. Raises `HoldOver`, and `Invalid` for a day that is past.
    """
    hold = lock_active(hold)
    if until is not None and until <= timezone.localdate():
        raise Invalid("suspended_until", "Choose a day after today.")
    hold.suspended_until = until
    hold.save(update_fields=["suspended_until"])
    told = note_of("hold.suspended" if until else "hold.resumed", hold)
    events.record_all([told, *_let_go(hold)] if until else [told])
    return hold


def _let_go(hold: Hold) -> list[Note]:
    """What was set aside for `hold` goes to the next in line."""
    copy = hold.copy if hold.state == HoldState.READY else None
    if copy is None:
        return []
    _back_to_queue(hold)
    return settle(copy) or shifted_by(hold)


@transaction.atomic
def move(hold: Hold, to: int, reason: str) -> Hold:
    """Put a waiting hold at place `to` of its queue, 1 being the front; raises `HoldOver` when it does not wait."""
    hold = lock_active(hold)
    queue = list(_line(hold))
    if hold not in queue:
        raise HoldOver(f"{hold.member} waits no longer: the book is ready for them.")
    was = queue.index(hold) + 1
    queue.insert(to - 1, queue.pop(was - 1))
    for rank, other in enumerate(queue, 1):
        Hold.objects.filter(pk=other.pk).update(rank=rank)
    now = queue.index(hold) + 1
    passed = {other.pk for other in queue[min(was, now) - 1 : max(was, now)]} - {hold.pk}
    others = shifted(Hold.objects.filter(pk__in=passed))
    events.record_all([note_of("hold.moved", hold, f"place {was} → {now}: {reason}"), *others])
    return hold


def _line(hold: Hold) -> HoldQuerySet:
    line = Hold.objects.waiting().filter(book=hold.book_id)
    if hold.is_request:
        return line.filter(wanted=hold.wanted_id)
    return line.for_library()


@transaction.atomic
def set_aside(copy: Copy) -> Hold:
    """Take a copy that is in from its shelf for the first in line; raises `NobodyWaits`."""
    copy = lock_copy(copy)
    hold = _offer(copy) if copy.state == State.IN else None
    if hold is None:
        raise NobodyWaits(f"“{copy.book.title}” ({copy.barcode}) is {copy.get_state_display().lower()}; nobody waits.")
    set_state(copy, State.HELD)
    events.record_all(_served(hold))
    return hold


def lock_hold(hold: Hold) -> Hold:
    """As it is now, under its book's lock; its copy and member with it."""
    # Not by `hold.book`: since it was read, two books may have become one (`merging`).
    book = Book.objects.select_for_update(of=("self",)).filter(holds=hold.pk).first()
    now = locked(hold)
    if book is None or now.book_id != book.pk:
        raise RemovedMeanwhile(f"“{hold.book.title}” was merged with another book at this moment. Try again.")
    now.book = book
    return now


def lock_active(hold: Hold) -> Hold:
    hold = lock_hold(hold)
    if not hold.is_active:
        raise HoldOver(f"{hold.member} does not wait for “{hold.book.title}” any more.")
    return hold


def leave(hold: Hold, state: HoldState) -> list[Note]:
    """End the wait; the copy that was ready for it goes to the next in line. What others are to be told of it."""
    copy = hold.copy if hold.state == HoldState.READY else None
    hold.state, hold.ended_at = state, timezone.now()
    hold.save(update_fields=["state", "answer", "ended_at"])
    return settle(copy) if copy else shifted_by(hold)


def refuse(hold: Hold, answer: str) -> list[Note]:
    """Say no, with a word to whoever asks, who is to be told. The caller has locked `hold`, which is active."""
    hold.answer = answer
    next_in_line = leave(hold, HoldState.REFUSED)
    return [note_to_asker("hold.refused", hold), *next_in_line]


def settle(copy: Copy) -> list[Note]:
    """A copy that came in waits for the first in line, or is in; what is to be told of it.

    The caller holds the book's lock.
    """
    first = _offer(copy)
    set_state(copy, State.HELD if first else State.IN)
    return _served(first) if first else []


def _served(hold: Hold) -> list[Note]:
    return [note_of("hold.ready", hold), *shifted_by(hold)]


def _offer(copy: Copy) -> Hold | None:
    """Set `copy` aside for the first in line, if there is one. The caller holds the book's lock."""
    if copy.is_somebodys:
        return None  # its owner says who may have it
    first = _FIRST_IN_LINE.first(today=timezone.localdate(), copy=copy.pk, book=copy.book_id)
    if first:
        _make_ready(first, copy)
    return first


def keep_for(hold: Hold, copy: Copy) -> None:
    """Set `copy` aside for this hold. The caller holds the book's lock."""
    _make_ready(hold, copy)
    set_state(copy, State.HELD)


def _make_ready(hold: Hold, copy: Copy) -> None:
    hold.state, hold.copy = HoldState.READY, copy
    hold.ready_until = rules.current().ready_until(timezone.now())
    hold.save(update_fields=["state", "copy", "ready_until", "answer"])


def claim(copy: Copy, member: Member) -> list[Note]:
    """End `member`'s wait if `copy` ends it, and what others are to be told of it.

    Raises `HeldForAnother` when it is set aside for another.
    """
    refuse_if_held_for_another(copy, member)
    mine = _MINE_OF_SOMEBODYS if copy.is_somebodys else _MINE
    hold = mine.first(member=member.pk, copy=copy.pk, book=copy.book_id)
    if hold is None:
        return []
    waited = hold.state == HoldState.WAITING
    hold.state, hold.copy = HoldState.PICKED_UP, copy
    hold.save(update_fields=["state", "copy"])
    return shifted_by(hold) if waited else []


def refuse_if_held_for_another(copy: Copy, member: Member) -> None:
    if copy.state == State.HELD and not _ready(copy).filter(member=member).exists():
        raise HeldForAnother(f"“{copy.book.title}” ({copy.barcode}) is held for another member.")


def unclaim(loan: Loan) -> list[Note]:
    """Give the borrower their old place in the queue back when `loan` is undone."""
    mine = Hold.objects.filter(state=HoldState.PICKED_UP, copy=loan.copy_id, member=loan.member_id)
    hold = mine.order_by("id").last()
    if hold and not _was_taken_before(hold, loan) and not _waits_again(hold):
        return _back_to_queue(hold)
    return []


def _was_taken_before(hold: Hold, loan: Loan) -> bool:
    """Whether it was an earlier loan that ended this wait."""
    since = Loan.objects.filter(copy=hold.copy_id, member=hold.member_id, lent_at__gte=hold.placed_at)
    return since.exclude(pk=loan.pk).exists()


def _waits_again(hold: Hold) -> bool:
    """Whether they joined the queue anew meanwhile."""
    return Hold.objects.active().filter(member=hold.member_id, book=hold.book_id).exists()


def withdraw_offer(copy: Copy) -> list[Note]:
    return [note for hold in _ready(copy) for note in _back_to_queue(hold)]


def refuse_if_wanted(copy: Copy, borrower: Member | None) -> None:
    """Raise `HeldForAnother` if somebody else waits for the copy and no other of the library's would do."""
    waiting = Hold.objects.waiting().not_suspended(timezone.localdate()).exclude(member=borrower)
    if not waiting.ended_by(copy).exists():
        return
    if waiting.filter(wanted=copy).exists() or not copy.book.copies.of_library().available().exists():
        raise HeldForAnother(f"Somebody waits for “{copy.book.title}”, so it cannot be renewed.")


def _ready(copy: Copy) -> HoldQuerySet:
    return Hold.objects.filter(copy=copy, state=HoldState.READY)


def _back_to_queue(hold: Hold) -> list[Note]:
    hold.state, hold.copy, hold.ready_until = HoldState.WAITING, None, None
    hold.save(update_fields=["state", "copy", "ready_until"])
    return [note_of("hold.waiting", hold), *shifted_by(hold)]


def set_state(copy: Copy, state: State) -> None:
    """Lending alone writes it, under the book's lock."""
    copy.state = state
    update(copy, "state")


def note_of(type: str, hold: Hold, words: str = "") -> Note:
    """For the desk; of a request, for the copy's owner. Whoever waits hears of it in any case (`Kind.tells_member`)."""
    audience = hold.wanted.owners_audience() if hold.wanted and hold.is_request else (Audience.STAFF, None)
    return Note(type, audience, book=hold.book_id, member=hold.member_id, note=words)


def shifted_by(hold: Hold) -> list[Note]:
    """What those behind a hold are to be told, once it is in its line no more, or again."""
    return shifted(_line(hold).behind(hold))


def shifted(others: HoldQuerySet) -> list[Note]:
    """That their place is another now; each hears it for themself, so that nobody learns who else waits."""
    users = others.exclude(member__user=None).values_list("book", "member__user")
    return [Note("hold.shifted", (Audience.USER, user), book=book) for book, user in users]


def note_to_asker(type: str, hold: Hold) -> Note:
    user = hold.member.user_id
    audience = (Audience.USER, user) if user else (Audience.STAFF, None)
    return Note(type, audience, book=hold.book_id, member=hold.member_id)


def _record(type: str, hold: Hold) -> None:
    events.record_all([note_of(type, hold)])
