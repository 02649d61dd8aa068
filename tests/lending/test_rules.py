"""The policy: first values, what a librarian changes, and that every verb of lending goes by it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, Kind
from bookplate.core.models import Event
from bookplate.lending import checkout, holds, rules
from bookplate.lending.models import GroupTerms, Hold, Policy
from bookplate.lending.policy import CardExpired, CopyNotAvailable, LimitReached, RenewalsUsedUp
from bookplate.people import groups
from bookplate.people.models import Member, User

pytestmark = pytest.mark.django_db


def days_of(copy: Copy, member: Member) -> int:
    loan = checkout.check_out(copy, member, by=None)
    checkout.undo_check_out(loan)
    return (timezone.localdate(loan.due_at) - timezone.localdate()).days


def notes() -> list[str]:
    return list(Event.objects.filter(type="policy.changed").order_by("id").values_list("note", flat=True))


def test_the_settings_hold_until_somebody_changes_something(settings: Any, copy: Copy, alice: User) -> None:
    settings.LOAN_DAYS, settings.RENEWALS = 14, 1
    assert (days_of(copy, alice.member), Policy.objects.count()) == (14, 0)

    rules.change(loans_at_once=3)
    settings.LOAN_DAYS, settings.RENEWALS = 99, 99

    assert days_of(copy, alice.member) == 14
    assert (rules.current().loans_at_once, rules.current().renewals) == (3, 1)


def test_each_kind_of_copy_has_its_days(book: Book, alice: User) -> None:
    rules.change(loan_days=28, short_days=2)
    usual, short, reference = (Copy.objects.create(book=book, kind=kind) for kind in Kind)

    assert (days_of(usual, alice.member), days_of(short, alice.member)) == (28, 2)
    with pytest.raises(CopyNotAvailable, match="is for reference and not lent"):
        checkout.check_out(reference, alice.member, by=None)


def test_a_groups_people_have_their_own_terms(book: Book, alice: User, carol: User) -> None:
    rules.change(loan_days=21, loans_at_once=5, renewals=0)
    rules.change_group(carol.group, loan_days=60, loans_at_once=1, renewals=1)
    first, second = Copy.objects.create(book=book), Copy.objects.create(book=Book.objects.create(title="Emma"))
    guest = Member.objects.create(firstname="Dora")

    assert [days_of(first, member) for member in (alice.member, carol.member, guest)] == [21, 60, 21]
    loan = checkout.check_out(first, carol.member, by=None)
    with pytest.raises(LimitReached, match="has 1 books"):
        checkout.check_out(second, carol.member, by=None)
    assert checkout.renew(loan).due_at == rules.current().end_of_loan(loan.due_at, 60)
    with pytest.raises(RenewalsUsedUp):
        checkout.renew(loan)


def test_a_group_that_goes_takes_its_terms_along(carol: User) -> None:
    circle = groups.add("Chess club")
    rules.change_group(circle, loan_days=7)
    groups.remove(circle)

    assert GroupTerms.objects.count() == 0


@pytest.mark.parametrize(
    ("weekdays", "dates", "due"),
    [
        ("", [], date(2026, 12, 1)),
        ("1", [], date(2026, 12, 1)),
        ("2", [], date(2026, 12, 2)),
        ("2", ["2026-12-02", "2026-12-03"], date(2026, 12, 4)),
        ("23456", ["2026-12-06"], date(2026, 12, 7)),
        ("123456", ["2026-12-06"], date(2026, 12, 13)),
    ],
)
def test_nothing_is_due_when_the_library_is_closed(weekdays: str, dates: list[str], due: date) -> None:
    """Seven days from Tuesday, 24 November 2026, is a Tuesday again."""
    policy = Policy(closed_weekdays=weekdays, closed_dates=dates, hold_days=7)
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    assert policy.end_of_loan(now, 7) == datetime(due.year, due.month, due.day, 23, 59, 59, tzinfo=UTC)
    assert policy.ready_until(now) == policy.end_of_loan(now, 7)


def test_a_renewal_and_the_holds_shelf_go_by_the_closing_days(copy: Copy, alice: User, bob: User) -> None:
    loan = checkout.check_out(copy, alice.member, by=None)
    after = timezone.localdate(loan.due_at) + timedelta(days=21)
    rules.change(hold_days=2, closed_dates=[after.isoformat(), (timezone.localdate() + timedelta(2)).isoformat()])

    assert timezone.localdate(checkout.renew(loan).due_at) == after + timedelta(1)
    holds.place(copy.book, bob.member)
    checkout.take_back(copy)
    ready = Hold.objects.get().ready_until
    assert ready and timezone.localdate(ready) == timezone.localdate() + timedelta(3)


def test_a_card_that_has_expired_borrows_nothing(copy: Copy, alice: User) -> None:
    today = timezone.localdate()
    Member.objects.update(expires_on=today - timedelta(1))
    with pytest.raises(CardExpired, match="Alice Example's card was good until"):
        checkout.check_out(copy, alice.member, by=None)
    with pytest.raises(CardExpired):
        holds.place(copy.book, alice.member)

    Member.objects.update(expires_on=today)
    assert checkout.check_out(copy, alice.member, by=None).member == alice.member


def test_every_change_is_told_with_what_it_was(settings: Any, alice: User) -> None:
    settings.LOAN_DAYS = 21
    rules.change(loan_days=28, renewals=settings.RENEWALS, closed_weekdays="7", closed_dates=["2026-12-25"])
    rules.change(closed_weekdays="", closed_dates=["2026-12-26"])
    rules.change_group(alice.group, loan_days=7)
    rules.change(groups=[])
    rules.change(loan_days=28)

    assert notes() == [
        "loan_days 21 → 28",
        "closed_weekdays none → 7",
        "closed_dates + 2026-12-25",
        "closed_weekdays 7 → none",
        "closed_dates + 2026-12-26",
        "closed_dates - 2026-12-25",
        "Everyone: loan_days as usual → 7",
        "Everyone: loan_days 7 → as usual",
    ]


def test_there_is_one_policy() -> None:
    rules.change(loan_days=7)
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.create(pk=2, loan_days=1, loans_at_once=1, renewals=1, hold_days=1)


def test_a_checkout_reads_the_policy_once(copy: Copy, alice: User) -> None:
    rules.change_group(alice.group, loan_days=7)

    with CaptureQueriesContext(connection) as captured:
        checkout.check_out(copy, alice.member, by=None)
    assert sum("lending_policy" in query["sql"] for query in captured) == 1
    assert sum("lending_groupterms" in query["sql"] for query in captured) == 1
