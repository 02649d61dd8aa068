"""Lending and taking back: who may, what becomes of the copy and the loan, and what is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, State, Visibility
from bookplate.core.errors import RemovedMeanwhile
from bookplate.core.models import Event
from bookplate.lending import checkout, rules
from bookplate.lending.checkout import NotOnLoan, TooLateToUndo
from bookplate.lending.models import Loan
from bookplate.lending.policy import CopyNotAvailable, CopyOnLoan, LimitReached, RenewalsUsedUp
from bookplate.people.models import Member, User

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, int | None, int | None]]:
    return [(event.type, event.book, event.copy) for event in Event.objects.all()]


def state_of(copy: Copy) -> str:
    return Copy.objects.get(pk=copy.pk).state


def at(settings: Any, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """The clock shows this time, in the library's own zone."""
    now = datetime.fromisoformat(moment).replace(tzinfo=timezone.get_default_timezone())
    monkeypatch.setattr(timezone, "now", lambda: now.astimezone(UTC))


def test_a_checkout_and_a_return(copy: Copy, alice: User, librarian: User) -> None:
    before = timezone.now()
    loan = checkout.check_out(copy, alice.member, by=librarian)

    assert list(Loan.objects.open()) == [loan]
    assert (loan.copy, loan.member, loan.lent_by, loan.renewals) == (copy, alice.member, librarian, 0)
    assert (before <= loan.lent_at <= timezone.now(), loan.is_overdue, state_of(copy)) == (True, False, State.ON_LOAN)

    returned = checkout.take_back(copy)

    assert (returned.pk, returned.member, state_of(copy)) == (loan.pk, alice.member, State.IN)
    assert list(Loan.objects.open()) == []
    assert Loan.objects.get().returned_at == returned.returned_at
    assert told() == [("loan.opened", copy.book_id, copy.pk), ("loan.closed", copy.book_id, copy.pk)]


def test_the_state_in_hand_is_not_believed(copy: Copy, alice: User, bob: User) -> None:
    stale = Copy.objects.get(pk=copy.pk)
    checkout.check_out(copy, alice.member, by=None)

    with pytest.raises(CopyOnLoan) as refused:
        checkout.check_out(stale, bob.member, by=None)

    assert str(refused.value) == "“The Left Hand of Darkness” (B1) is on loan. Take it back first."
    assert [loan.member for loan in Loan.objects.all()] == [alice.member]
    assert told() == [("loan.opened", copy.book_id, copy.pk)]


@pytest.mark.parametrize(("state", "word"), [(State.LOST, "lost"), (State.WITHDRAWN, "withdrawn")])
def test_a_copy_that_is_not_there_is_not_lent(copy: Copy, alice: User, state: State, word: str) -> None:
    Copy.objects.update(state=state)

    with pytest.raises(CopyNotAvailable) as refused:
        checkout.check_out(copy, alice.member, by=None)

    assert str(refused.value) == f"“The Left Hand of Darkness” (B1) is {word}."
    assert (state_of(copy), Loan.objects.count(), told()) == (state, 0, [])


def test_a_member_has_so_many_books_at_once(settings: Any, book: Book, alice: User, bob: User) -> None:
    settings.LOANS_AT_ONCE = 2
    copies = [Copy.objects.create(book=book) for _ in range(3)]
    for copy in copies[:2]:
        checkout.check_out(copy, alice.member, by=None)

    with pytest.raises(LimitReached):
        checkout.check_out(copies[2], alice.member, by=None)

    assert checkout.check_out(copies[2], bob.member, by=None).member == bob.member
    checkout.take_back(copies[2])
    checkout.take_back(copies[0])
    assert checkout.check_out(copies[2], alice.member, by=None).member == alice.member


@pytest.mark.parametrize(
    ("zone", "now", "due"),
    [
        ("UTC", "2026-11-22 12:00", "2026-12-13 23:59:59+00:00"),
        ("UTC", "2026-11-22 23:59", "2026-12-13 23:59:59+00:00"),
        # Clocks go back on 25 October: the due day still ends at its midnight.
        ("Europe/Berlin", "2026-10-10 00:30", "2026-10-31 23:59:59+01:00"),
        ("Pacific/Auckland", "2026-11-22 01:00", "2026-12-13 23:59:59+13:00"),
    ],
)
def test_a_loan_is_due_at_the_end_of_a_day_of_the_library(
    settings: Any, monkeypatch: pytest.MonkeyPatch, copy: Copy, alice: User, zone: str, now: str, due: str
) -> None:
    settings.TIME_ZONE, settings.LOAN_DAYS = zone, 21
    at(settings, monkeypatch, now)

    assert checkout.check_out(copy, alice.member, by=None).due_at == datetime.fromisoformat(due)


def test_a_loan_is_overdue_after_its_last_second(loan: Loan) -> None:
    assert list(Loan.objects.overdue(at=loan.due_at)) == []
    assert list(Loan.objects.overdue(at=loan.due_at + timedelta(seconds=1))) == [loan]
    checkout.take_back(loan.copy)
    assert list(Loan.objects.overdue(at=loan.due_at + timedelta(seconds=1))) == []


def test_what_is_in_cannot_be_taken_back(copy: Copy, loan: Loan) -> None:
    checkout.take_back(copy)

    with pytest.raises(NotOnLoan) as refused:
        checkout.take_back(copy)

    assert str(refused.value) == "“The Left Hand of Darkness” (B1) is not on loan."
    assert [type for type, *_ in told()] == ["loan.opened", "loan.closed"]


def test_giving_a_loan_back_twice_changes_nothing(copy: Copy, loan: Loan, bob: User) -> None:
    first = checkout.give_back(loan)
    lent_again = checkout.check_out(copy, bob.member, by=None)
    second = checkout.give_back(loan)

    assert (first.returned_at, first.pk) == (second.returned_at, second.pk)
    assert (state_of(copy), list(Loan.objects.open())) == (State.ON_LOAN, [lent_again])
    assert [type for type, *_ in told()] == ["loan.opened", "loan.closed", "loan.opened"]


def test_renewing_moves_the_date_up_to_the_limit(
    settings: Any, monkeypatch: pytest.MonkeyPatch, copy: Copy, alice: User
) -> None:
    settings.RENEWALS, settings.LOAN_DAYS = 2, 21
    at(settings, monkeypatch, "2026-11-01 12:00")
    loan = checkout.check_out(copy, alice.member, by=None)
    at(settings, monkeypatch, "2026-11-10 12:00")

    once, twice = checkout.renew(loan), checkout.renew(loan)
    with pytest.raises(RenewalsUsedUp) as refused:
        checkout.renew(loan)

    assert (once.renewals, twice.renewals) == (1, 2)
    assert [loan.due_at.isoformat() for loan in (once, twice)] == [
        "2026-12-13T23:59:59+00:00",
        "2027-01-03T23:59:59+00:00",
    ]
    assert str(refused.value).endswith("has been renewed 2 times, as often as is allowed.")
    assert [type for type, *_ in told()] == ["loan.opened", "loan.renewed", "loan.renewed"]


def test_an_overdue_loan_is_renewed_from_today(settings: Any, monkeypatch: pytest.MonkeyPatch, loan: Loan) -> None:
    settings.LOAN_DAYS = 7
    Loan.objects.update(due_at=datetime(2026, 11, 3, tzinfo=UTC))
    at(settings, monkeypatch, "2026-11-10 12:00")

    assert checkout.renew(loan).due_at == datetime(2026, 11, 17, 23, 59, 59, tzinfo=UTC)


def test_a_returned_loan_is_not_renewed(loan: Loan) -> None:
    checkout.give_back(loan)

    with pytest.raises(NotOnLoan):
        checkout.renew(loan)


def test_an_undone_checkout_was_never_there(copy: Copy, loan: Loan, bob: User) -> None:
    undone = checkout.undo_check_out(loan)

    assert (undone.pk, state_of(copy), Loan.objects.count()) == (copy.pk, State.IN, 0)
    assert [type for type, *_ in told()] == ["loan.opened", "loan.undone"]
    assert checkout.check_out(copy, bob.member, by=None).member == bob.member


TOO_LATE: dict[str, Callable[[Loan], object]] = {
    "returned": checkout.give_back,
    "renewed": checkout.renew,
    "old": lambda loan: Loan.objects.update(lent_at=timezone.now() - timedelta(minutes=16)),
    "undone already": checkout.undo_check_out,
}


@pytest.mark.parametrize("what", TOO_LATE)
def test_a_checkout_that_cannot_be_undone(loan: Loan, what: str) -> None:
    TOO_LATE[what](loan)
    before = told(), state_of(loan.copy), Loan.objects.count()

    with pytest.raises(TooLateToUndo):
        checkout.undo_check_out(loan)

    assert (told(), state_of(loan.copy), Loan.objects.count()) == before


def test_an_undone_return_is_a_loan_again(copy: Copy, loan: Loan) -> None:
    checkout.take_back(copy)
    again = checkout.undo_return(loan)

    assert (again.pk, again.due_at, again.returned_at) == (loan.pk, loan.due_at, None)
    assert (list(Loan.objects.open()), state_of(copy)) == ([loan], State.ON_LOAN)
    assert [type for type, *_ in told()] == ["loan.opened", "loan.closed", "loan.reopened"]


def _lend_on(loan: Loan) -> None:
    checkout.check_out(loan.copy, User.objects.get(username="bob").member, by=None)


def _lend_on_and_return(loan: Loan) -> None:
    _lend_on(loan)
    checkout.take_back(loan.copy)


GONE_ON: dict[str, Callable[[Loan], object]] = {
    "lent on": _lend_on,
    "lent on and returned": _lend_on_and_return,
    "old": lambda loan: Loan.objects.update(returned_at=timezone.now() - timedelta(minutes=16)),
    "lost": lambda loan: Copy.objects.update(state=State.LOST),
    "undone already": checkout.undo_return,
}


@pytest.mark.parametrize("what", GONE_ON)
def test_a_return_that_cannot_be_undone(loan: Loan, bob: User, what: str) -> None:
    checkout.give_back(loan)
    GONE_ON[what](loan)
    before = told(), state_of(loan.copy), list(Loan.objects.values_list("returned_at", flat=True))

    with pytest.raises(TooLateToUndo):
        checkout.undo_return(loan)

    assert (told(), state_of(loan.copy), list(Loan.objects.values_list("returned_at", flat=True))) == before


def test_the_database_lets_no_copy_out_twice(copy: Copy, loan: Loan, bob: User) -> None:
    for twice in (
        lambda: Loan.objects.create(copy=copy, member=bob.member, due_at=loan.due_at),
        lambda: Loan.objects.bulk_create([Loan(copy=copy, member=bob.member, due_at=loan.due_at)]),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            twice()
    checkout.take_back(copy)
    other = checkout.check_out(copy, bob.member, by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Loan.objects.filter(pk=loan.pk).update(returned_at=None)

    assert list(Loan.objects.open()) == [other]


def test_a_private_copy_tells_of_its_loans_to_its_audience(book: Book, alice: User, bob: User) -> None:
    copy = Copy.objects.create(book=book, owner=alice, visibility=Visibility.OWNER)
    checkout.check_out(copy, bob.member, by=None)

    event = Event.objects.get()
    assert (event.audience, event.audience_of) == ("user", alice.pk)


@pytest.mark.parametrize("verb", ["check_out", "take_back", "give_back", "renew", "undo_check_out", "undo_return"])
def test_when_the_event_cannot_be_written_nothing_happened(
    monkeypatch: pytest.MonkeyPatch, copy: Copy, alice: User, verb: str
) -> None:
    loan = checkout.check_out(copy, alice.member, by=None)
    if verb in ("check_out", "undo_return"):
        checkout.give_back(loan)
    before = list(Loan.objects.values()), list(Copy.objects.values()), told()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("bookplate.core.events.record_all", fail)
    acts: dict[str, Callable[[], object]] = {
        "check_out": lambda: checkout.check_out(copy, alice.member, by=None),
        "take_back": lambda: checkout.take_back(copy),
        "give_back": lambda: checkout.give_back(loan),
        "renew": lambda: checkout.renew(loan),
        "undo_check_out": lambda: checkout.undo_check_out(loan),
        "undo_return": lambda: checkout.undo_return(loan),
    }
    with pytest.raises(RuntimeError):
        acts[verb]()

    assert (list(Loan.objects.values()), list(Copy.objects.values()), told()) == before


def test_the_end_of_the_day_so_many_days_on(settings: Any) -> None:
    settings.HOLD_DAYS = 7
    now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert rules.current().end_of_loan(now, 1) == datetime(2027, 1, 1, 23, 59, 59, tzinfo=UTC)
    assert rules.current().ready_until(now) == datetime(2027, 1, 7, 23, 59, 59, tzinfo=UTC)


def test_an_owner_sees_who_has_a_book_only_while_it_is_out(book: Book, alice: User, bob: User, carol: User) -> None:
    copy = Copy.objects.create(book=book, owner=alice)
    loan = checkout.check_out(copy, bob.member, by=None)

    assert [list(Loan.objects.visible_to(user)) for user in (alice, bob, carol)] == [[loan], [loan], []]
    checkout.take_back(copy)
    assert [list(Loan.objects.visible_to(user)) for user in (alice, bob, carol)] == [[], [loan], []]


def test_what_was_removed_meanwhile_cannot_be_lent(copy: Copy, bob: User) -> None:
    card = bob.member
    Member.objects.filter(pk=card.pk).delete()
    with pytest.raises(RemovedMeanwhile):
        checkout.check_out(copy, card, by=None)
    Copy.objects.all().delete()
    with pytest.raises(RemovedMeanwhile):
        checkout.check_out(copy, card, by=None)


@pytest.mark.parametrize("verb", [checkout.give_back, checkout.renew, checkout.undo_return])
def test_a_loan_that_was_undone_meanwhile_is_gone(loan: Loan, verb: Callable[[Loan], Loan]) -> None:
    held = Loan.objects.get(pk=loan.pk)
    checkout.undo_check_out(loan)
    with pytest.raises(RemovedMeanwhile):
        verb(held)


def test_books_in_hand_are_counted_by_the_member_whatever_the_statistics_say(copy: Copy, alice: User) -> None:
    """Not by walking all loans that are open, nor all that the member ever had."""
    now, other = timezone.now(), Member.objects.create(firstname="Zoe", lastname="Other")
    copies = Copy.objects.bulk_create(Copy(book=copy.book, barcode=f"P{n}") for n in range(300))
    past = [Loan(copy=copy, member=alice.member, due_at=now, returned_at=now - timedelta(n)) for n in range(300)]
    Loan.objects.bulk_create([*past, *(Loan(copy=one, member=other, due_at=now) for one in copies)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    with CaptureQueriesContext(connection) as asked:
        checkout.check_out(copy, alice.member, by=None)

    [counting] = [one["sql"] for one in asked if "COUNT(" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{counting}")
        assert "open_loan_by_member" in str(cursor.fetchall())
