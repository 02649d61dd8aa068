"""Reminders: each once, on its day, none after the return (G18)."""

import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.test import Client
from django.utils import timezone

from bookplate.catalog.models import Book, Copy
from bookplate.lending import checkout, conditions, holds, reminders, requests, rules
from bookplate.lending.conditions import Condition
from bookplate.lending.models import Delivery, Hold, How, Loan, Reason, Reminder
from bookplate.lending.reminders import send_due
from bookplate.people import privacy
from bookplate.people.models import Member, User
from tests.api.test_races import at_once

pytestmark = pytest.mark.django_db

Clock = Callable[[str], None]


@pytest.fixture
def clock(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the time to this moment in the library's own zone."""

    def clock(moment: str) -> None:
        now = datetime.fromisoformat(moment).replace(tzinfo=timezone.get_default_timezone())
        monkeypatch.setattr(timezone, "now", lambda: now.astimezone(UTC))

    settings.PUBLIC_URL = "https://library.example.org"
    return clock


@pytest.fixture
def sent(mailoutbox: list[EmailMessage]) -> Callable[[], list[tuple[str, str]]]:
    """To whom and about what the mails of a round are."""

    def sent() -> list[tuple[str, str]]:
        before = len(mailoutbox)
        count = send_due()
        new = [(mail.to[0], str(mail.subject)) for mail in mailoutbox[before:]]
        assert count == len(new)
        return new

    return sent


Sent = Callable[[], list[tuple[str, str]]]


def lend(title: str, to: User) -> Loan:
    return checkout.check_out(Copy.objects.create(book=Book.objects.create(title=title)), to.member, by=None)


def reasons() -> list[str]:
    return list(Reminder.objects.order_by("id").values_list("reason", flat=True))


def test_a_loan_through_its_days(clock: Clock, sent: Sent, alice: User) -> None:
    """Due on 22 December; reminded two days before, on the day, the day after and every week then."""
    clock("2026-12-01 12:00")
    loan = lend("Emma", alice)
    told = {}
    for day in [*(f"2026-12-{number:02}" for number in range(1, 32)), "2027-01-05", "2027-01-06"]:
        for hour in ("07:59", "08:00", "08:01", "23:59"):
            clock(f"{day} {hour}")
            if mails := sent():
                told[f"{day} {hour}"] = mails

    assert timezone.localdate(loan.due_at).isoformat() == "2026-12-22"
    assert told == {
        "2026-12-20 08:00": [("alice@example.org", "Bookplate: “Emma” is due soon")],
        "2026-12-22 08:00": [("alice@example.org", "Bookplate: “Emma” is due today")],
        "2026-12-23 08:00": [("alice@example.org", "Bookplate: “Emma” is overdue")],
        "2026-12-30 08:00": [("alice@example.org", "Bookplate: “Emma” is overdue")],
        "2027-01-06 08:00": [("alice@example.org", "Bookplate: “Emma” is overdue")],
    }
    checkout.give_back(loan)
    clock("2027-01-13 12:00")
    assert sent() == []


def test_whoever_waits_is_told_once_that_the_last_copy_is_withdrawn(
    clock: Clock, sent: Sent, mailoutbox: list[EmailMessage], copy: Copy, alice: User, bob: User
) -> None:
    clock("2026-11-01 12:00")
    holds.place(copy.book, alice.member)
    requests.ask(Copy.objects.create(book=copy.book, owner=alice), bob.member)
    clock("2026-12-01 12:00")
    assert sent() == []

    conditions.set_condition(copy, Condition.WITHDRAWN)
    told = sent()
    clock("2026-12-02 12:00")

    assert told == [("alice@example.org", "Bookplate: “The Left Hand of Darkness” can no longer be had")]
    assert "- The Left Hand of Darkness. It was withdrawn for good" in str(mailoutbox[0].body)
    assert (sent(), reasons()) == ([], ["over"])
    assert list(Hold.objects.told_of(timezone.now()).order_by("id").values_list("state", flat=True)) == [
        "refused",
        "waiting",
    ]


@pytest.mark.parametrize(
    ("zone", "lent", "due", "days"),
    [
        # The night to 29 March 2026 has no two o'clock, the one to 25 October has two.
        ("Europe/Berlin", "2026-03-08 12:00", "2026-03-29", ["2026-03-27", "2026-03-29", "2026-03-30", "2026-04-06"]),
        ("Europe/Berlin", "2026-10-04 12:00", "2026-10-25", ["2026-10-23", "2026-10-25", "2026-10-26", "2026-11-02"]),
        (
            "America/New_York",
            "2026-10-11 12:00",
            "2026-11-01",
            ["2026-10-30", "2026-11-01", "2026-11-02", "2026-11-09"],
        ),
    ],
)
@pytest.mark.parametrize("hour", [0, 2])
def test_a_change_of_the_clocks(
    clock: Clock,
    sent: Sent,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    alice: User,
    zone: str,
    lent: str,
    due: str,
    days: list[str],
    hour: int,
) -> None:
    """A round at every half hour of real time of the nights around it: each reminder once, on its local day."""
    settings.TIME_ZONE = zone
    rules.change(remind_hour=hour)
    clock(lent)
    loan = lend("Emma", alice)
    assert timezone.localdate(loan.due_at).isoformat() == due
    begin, told = timezone.now(), []
    nights = [timedelta(days=day, hours=11, minutes=30 * half) for day in (*range(18, 23), 28, 29) for half in range(9)]
    for moment in (begin + night for night in nights):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        told += [timezone.localdate(moment).isoformat() for _ in sent()]

    assert told == days


def test_one_mail_with_everything(clock: Clock, mailoutbox: list[EmailMessage], alice: User, bob: User) -> None:
    rules.change(short_days=19, renewals=1)
    clock("2026-12-01 12:00")
    lend("Emma", alice)
    short = Copy.objects.create(book=Book.objects.create(title="Persuasion"), kind="short")
    checkout.check_out(short, alice.member, by=None)
    checkout.renew(
        checkout.check_out(Copy.objects.create(book=Book.objects.create(title="Far")), alice.member, by=None)
    )
    wanted = lend("Lady Susan", bob)
    holds.place(wanted.copy.book, alice.member)
    clock("2026-12-20 07:00")
    checkout.give_back(wanted)
    clock("2026-12-20 08:00")

    assert (send_due(), len(mailoutbox)) == (1, 1)
    mail = mailoutbox[0]
    link = r"https://library.example.org/loans/renew/\S+/"
    assert (mail.to, mail.subject) == (["alice@example.org"], "Bookplate: About 3 of your books")
    assert re.sub(link, "LINK", str(mail.body)) == (
        "Hello Alice,\n\n"
        "Due today:\n- Persuasion, due on Sunday, 20 December\n  Renew it: LINK\n\n"
        "Due soon:\n- Emma, due on Tuesday, 22 December\n  Renew it: LINK\n\n"
        "Ready for you to fetch:\n- Lady Susan, at the library until Sunday, 27 December\n\n"
        "A link renews that one book, without signing in. Choose how you are reminded:\n"
        "https://library.example.org/account/reminders/\n"
    )
    assert reasons() == [Reason.ON_DAY, Reason.BEFORE, Reason.READY]


def test_a_hold_is_ready_and_then_about_to_expire_and_passes_on(
    clock: Clock, sent: Sent, copy: Copy, alice: User, bob: User
) -> None:
    rules.change(hold_days=4)
    clock("2026-12-01 09:00")
    for user in (alice, bob):
        holds.place(copy.book, user.member)
    holds.set_aside(copy)
    told = {}
    for day in range(1, 11):
        clock(f"2026-12-{day:02} 09:00")
        holds.pass_on_expired()
        if mails := sent():
            told[day] = [(to.partition("@")[0], about.partition(" of Darkness” ")[2]) for to, about in mails]

    assert told == {
        1: [("alice", "is ready for you")],
        4: [("alice", "still waits for you")],
        6: [("bob", "is ready for you")],
        9: [("bob", "still waits for you")],
    }


def test_an_owners_yes_is_told(
    clock: Clock, sent: Sent, mailoutbox: list[EmailMessage], copy: Copy, alice: User, bob: User
) -> None:
    clock("2026-12-01 09:00")
    Copy.objects.update(owner=alice, visibility="everyone")
    requests.accept(requests.ask(Copy.objects.get(), bob.member))

    assert sent() == [("bob@example.org", "Bookplate: “The Left Hand of Darkness” is ready for you")]
    assert "with its owner until Tuesday, 8 December" in mailoutbox[0].body


def test_who_wants_none_or_has_no_address_gets_none(clock: Clock, sent: Sent, make_user: Any) -> None:
    clock("2026-12-01 12:00")
    none, nowhere, closed, each, usual = (make_user(name) for name in ("none", "nowhere", "closed", "each", "usual"))
    for user in (none, nowhere, closed, each, usual):
        lend("Emma", user)
        lend("Persuasion", user)
    guest = Member.objects.create(firstname="Dora")
    checkout.check_out(Copy.objects.create(book=Book.objects.create(title="Emma")), guest, by=None)
    reminders.choose(none, How.NONE)
    reminders.choose(each, How.EACH)
    User.objects.filter(username="nowhere").update(email="")
    User.objects.filter(username="closed").update(is_active=False)
    clock("2026-12-22 12:00")

    assert sorted(sent()) == [
        ("each@example.org", "Bookplate: “Emma” is due today"),
        ("each@example.org", "Bookplate: “Persuasion” is due today"),
        ("usual@example.org", "Bookplate: About 2 of your books"),
    ]
    assert sent() == []


def test_a_digest_is_one_mail_a_day(clock: Clock, sent: Sent, copy: Copy, alice: User, bob: User) -> None:
    clock("2026-12-01 12:00")
    for user in (alice, bob):
        lend("Emma", user)
    reminders.choose(bob, How.EACH)
    clock("2026-12-22 08:00")
    assert len(sent()) == 2
    for user in (alice, bob):
        later = Copy.objects.create(book=Book.objects.create(title=f"For {user}"))
        holds.place(later.book, user.member)
        holds.set_aside(later)
    clock("2026-12-22 18:00")
    assert sent() == [("bob@example.org", "Bookplate: “For bob” is ready for you")]

    clock("2026-12-23 08:00")
    assert sorted(sent()) == [
        ("alice@example.org", "Bookplate: About 2 of your books"),
        ("bob@example.org", "Bookplate: “Emma” is overdue"),
    ]


def test_the_policy_says_when(clock: Clock, sent: Sent, alice: User) -> None:
    rules.change(remind_before=0, remind_on_day=False, remind_overdue=0)
    clock("2026-12-01 12:00")
    lend("Emma", alice)
    for day in range(15, 31):
        clock(f"2026-12-{day} 12:00")
        assert sent() == []

    rules.change(remind_overdue=1, remind_hour=14)
    told = []
    for day in (28, 29, 30):
        for hour in (13, 14, 15):
            clock(f"2026-12-{day} {hour}:00")
            told += [(day, hour) for _ in sent()]
    assert told == [(28, 14), (29, 14), (30, 14)]


def test_a_renewed_loan_is_reminded_of_its_new_end(clock: Clock, sent: Sent, alice: User) -> None:
    clock("2026-12-01 12:00")
    loan = lend("Emma", alice)
    clock("2026-12-22 12:00")
    assert len(sent()) == 1
    loan = checkout.renew(loan)
    assert (sent(), timezone.localdate(loan.due_at).isoformat()) == ([], "2027-01-12")
    clock("2027-01-12 12:00")
    assert sent() == [("alice@example.org", "Bookplate: “Emma” is due today")]


def test_what_was_lent_today_is_not_reminded_of_today(clock: Clock, sent: Sent, alice: User) -> None:
    rules.change(loan_days=1)
    clock("2026-12-01 12:00")
    lend("Emma", alice)

    assert sent() == []
    clock("2026-12-02 12:00")
    assert sent() == [("alice@example.org", "Bookplate: “Emma” is due today")]


class Away(EmailBackend):
    """A mail server that is not there, or that takes nothing."""

    def open(self) -> None:
        raise ConnectionRefusedError


class Refuses(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise ConnectionResetError


def test_a_mail_server_that_is_away_loses_nothing(clock: Clock, sent: Sent, settings: Any, alice: User) -> None:
    clock("2026-12-01 12:00")
    lend("Emma", alice)
    clock("2026-12-22 12:00")
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Away"
    assert (sent(), reasons()) == ([], [])

    settings.EMAIL_BACKEND = usual
    assert len(sent()) == 1
    assert Reminder.objects.get().delivery == Delivery.SENT


def test_what_may_have_gone_out_is_not_sent_again(clock: Clock, sent: Sent, settings: Any, alice: User) -> None:
    clock("2026-12-01 12:00")
    lend("Emma", alice)
    clock("2026-12-22 12:00")
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Refuses"
    assert sent() == []

    settings.EMAIL_BACKEND = usual
    assert (sent(), Reminder.objects.get().delivery) == ([], Delivery.FAILED)


def test_what_forgets_the_borrower_forgets_whom_was_reminded(clock: Clock, sent: Sent, alice: User) -> None:
    clock("2026-12-01 12:00")
    loan = lend("Emma", alice)
    clock("2026-12-22 12:00")
    sent()
    assert [len(privacy.held(alice)[name]) for name in ("reminders", "reminder_choice")] == [1, 0]
    checkout.give_back(loan)
    privacy.erase(alice)

    assert Reminder.objects.get().member is None
    clock("2028-01-01 12:00")
    privacy.tidy()
    assert (Reminder.objects.count(), Loan.objects.count()) == (0, 1)


# --- The link -----------------------------------------------------------------------------


def link_in(mail: EmailMessage) -> str:
    found: list[str] = re.findall(r"https://library.example.org(/loans/renew/\S+/)", str(mail.body))
    return found[0]


@pytest.fixture
def link(clock: Clock, mailoutbox: list[EmailMessage], alice: User) -> str:
    """Of a mail that alice got on 22 December, when her book is due."""
    clock("2026-12-01 12:00")
    lend("Emma", alice)
    clock("2026-12-22 12:00")
    send_due()
    return link_in(mailoutbox[0])


def due() -> str:
    return timezone.localdate(Loan.objects.get().due_at).isoformat()


def test_a_link_renews_by_a_button_and_once(client: Client, link: str) -> None:
    asked = client.get(link, follow=True)
    assert ("Renew this book?" in asked.text, asked.redirect_chain) == (True, [("/loans/renew/", 302)])
    assert (due(), Loan.objects.get().renewals) == ("2026-12-22", 0)

    done = client.post("/loans/renew/")
    assert ("is yours until <strong>12 January" in done.text, due()) == (True, "2027-01-12")
    again = client.post("/loans/renew/")
    assert (again.status_code, due()) == (404, "2027-01-12")
    assert "“Emma” was renewed already. It is due on 12 January 2027." in again.text


def test_a_program_that_follows_links_renews_nothing(client: Client, link: str) -> None:
    for verb in ("get", "head", "post", "put"):
        getattr(client, verb)(link)
    client.head("/loans/renew/")

    assert due() == "2026-12-22"


def test_a_link_is_for_one_loan_of_one_person(client: Client, link: str, alice: User) -> None:
    lend("Persuasion", alice)
    client.get(link)
    client.post("/loans/renew/")

    assert list(Loan.objects.order_by("id").values_list("renewals", flat=True)) == [1, 0]
    assert client.get("/my/loans/").status_code == 302


def test_a_link_ends(client: Client, clock: Clock, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get(link[:-4] + "abc/").status_code == 404
    assert client.get("/loans/renew/").status_code == 404
    User.objects.update(is_active=False)
    assert client.get(link).status_code == 404
    User.objects.update(is_active=True)
    monkeypatch.setattr("bookplate.lending.renewals.LINK_SECONDS", -1)
    assert client.get(link).status_code == 404
    monkeypatch.undo()
    checkout.give_back(Loan.objects.get())
    assert "This book has been returned" in client.get(link).text


def test_a_link_says_why_it_cannot_renew(client: Client, link: str, bob: User) -> None:
    holds.place(Loan.objects.get().copy.book, bob.member)
    client.get(link)
    answer = client.post("/loans/renew/")

    assert (answer.status_code, due()) == (409, "2026-12-22")
    assert "Somebody waits for “Emma”, so it cannot be renewed." in answer.text


def test_a_loan_that_cannot_be_renewed_has_no_link(clock: Clock, mailoutbox: list[EmailMessage], alice: User) -> None:
    rules.change(renewals=0)
    clock("2026-12-01 12:00")
    lend("Emma", alice)
    clock("2026-12-22 12:00")
    send_due()

    assert "/loans/renew/" not in mailoutbox[0].body


# --- Many at once ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_send_each_reminder_once(
    clock: Clock, make_user: Any, mailoutbox: list[EmailMessage]
) -> None:
    clock("2026-12-01 12:00")
    people = [make_user(f"reader{number}") for number in range(8)]
    for user in people:
        lend("Emma", user)
        lend("Persuasion", user)
    clock("2026-12-22 12:00")
    while sum(at_once(*[send_due] * 3)):
        pass

    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(user.email for user in people)
    assert (Reminder.objects.count(), set(Reminder.objects.values_list("delivery", flat=True))) == (16, {"sent"})


@pytest.mark.django_db(transaction=True)
def test_nothing_is_reminded_of_while_it_is_returned(clock: Clock, mailoutbox: list[EmailMessage], alice: User) -> None:
    clock("2026-12-01 12:00")
    loan = lend("Emma", alice)
    clock("2026-12-22 12:00")
    begun = threading.Event()

    def give_back_slowly() -> None:
        with transaction.atomic():
            checkout.give_back(loan)
            begun.set()
            time.sleep(0.3)

    def remind() -> int:
        begun.wait(10)
        return send_due()

    assert at_once(give_back_slowly, remind) == [None, 0]
    assert (send_due(), mailoutbox, Reminder.objects.count()) == (0, [], 0)


@pytest.mark.django_db(transaction=True)
def test_a_return_at_the_same_moment_is_before_the_mail_or_after(
    clock: Clock, mailoutbox: list[EmailMessage], alice: User
) -> None:
    clock("2026-12-01 12:00")
    reminders.choose(alice, How.EACH)
    loans = [lend(f"Book {number}", alice) for number in range(12)]
    clock("2026-12-22 12:00")
    for loan in loans:
        at_once(lambda loan=loan: checkout.give_back(loan), send_due, send_due)  # type: ignore[misc]
        returned = Loan.objects.exclude(returned_at=None).filter(reminders=None)
        send_due()
        assert list(Reminder.objects.filter(loan__in=returned.values("pk"))) == []

    told = [reminder.title for reminder in Reminder.objects.with_all()]
    assert sorted(f"Bookplate: “{title}” is due today" for title in told) == sorted(mail.subject for mail in mailoutbox)
