"""The lists for the day: on the page, as CSV, over the API."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookplate.catalog.models import Book, Copy
from bookplate.lending import checkout, conditions, holds, lists
from bookplate.lending.conditions import Condition
from bookplate.lending.models import Loan
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

NAMES = ["overdue", "to-pull", "returned"]
Listed = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def listed(assistant: User) -> Listed:
    """A list over the API."""
    client = signed_in(assistant)

    def listed(name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = client.get(f"/api/lists/{name}/").json()
        return rows

    return listed


@pytest.fixture
def desk(assistant: User) -> Client:
    client = Client()
    client.force_login(assistant)
    return client


def make(title: str, **of_copy: Any) -> Copy:
    return Copy.objects.create(book=Book.objects.create(title=title), barcode=title, **of_copy)


def overdue(title: str, user: User, days: int, **of_copy: Any) -> Loan:
    loan = checkout.check_out(make(title, **of_copy), user.member, by=None)
    Loan.objects.filter(pk=loan.pk).update(due_at=timezone.now() - timedelta(days=days))
    return loan


def titles(rows: list[dict[str, Any]]) -> list[str]:
    return [row["title"] for row in rows]


def test_what_is_overdue_the_longest_first(listed: Listed, alice: User, bob: User) -> None:
    overdue("Emma", alice, 3)
    long = overdue("Persuasion", bob, 30, shelfmark="F AUS")
    checkout.check_out(make("Not yet"), alice.member, by=None)
    checkout.give_back(overdue("Back", alice, 3))
    overdue("Of carol", bob, 3, owner=alice)

    rows = listed("overdue")
    assert titles(rows) == ["Persuasion", "Emma"]
    due = Loan.objects.get(pk=long.pk).due_at
    assert rows[0] == {
        "id": long.pk,
        "book": long.copy.book_id,
        "title": "Persuasion",
        "author": "",
        "copy": "Persuasion",
        "shelfmark": "F AUS",
        "state": "on_loan",
        "member": "card-bob",
        "name": "Bob Example",
        "at": due.isoformat().replace("+00:00", "Z"),
    }


def test_what_to_pull_is_one_copy_for_each_who_is_next(listed: Listed, alice: User, bob: User, carol: User) -> None:
    first = make("Emma")
    second = Copy.objects.create(book=first.book, barcode="Emma 2")
    for user in (alice, bob, carol):
        holds.place(first.book, user.member)
    out = make("Out")
    checkout.check_out(out, alice.member, by=None)
    holds.place(out.book, bob.member)

    assert [(row["name"], row["copy"]) for row in listed("to-pull")] == [
        ("Alice Example", first.barcode),
        ("Bob Example", second.barcode),
    ]
    holds.set_aside(first)
    assert [(row["name"], row["copy"]) for row in listed("to-pull")] == [("Bob Example", second.barcode)]


def test_who_rests_is_passed_over_and_who_wants_one_copy_gets_that(listed: Listed, alice: User, bob: User) -> None:
    first = make("Emma")
    second = Copy.objects.create(book=first.book, barcode="Emma 2")
    resting = holds.place(first.book, alice.member)
    holds.suspend(resting, timezone.localdate() + timedelta(days=9))
    holds.place_on(second, bob.member)
    assert [(row["name"], row["copy"]) for row in listed("to-pull")] == [("Bob Example", "Emma 2")]

    conditions.set_condition(second, Condition.LOST)
    assert listed("to-pull") == []


def test_what_came_back_today_the_latest_first(listed: Listed, alice: User) -> None:
    loans = [checkout.check_out(make(title), alice.member, by=None) for title in ("Emma", "Persuasion", "Lost", "Old")]
    for loan in (loans[0], loans[1], loans[3]):
        checkout.give_back(loan)
    conditions.set_condition(loans[2].copy, Condition.LOST)
    Loan.objects.filter(pk=loans[3].pk).update(returned_at=timezone.now() - timedelta(days=1, minutes=1))

    assert [(row["title"], row["state"]) for row in listed("returned")] == [("Persuasion", "in"), ("Emma", "in")]


@pytest.fixture
def add_rows(alice: User, bob: User) -> Callable[[int], None]:
    """One more line in each list."""

    def add_rows(number: int) -> None:
        overdue(f"Overdue {number}", alice, number)
        checkout.give_back(checkout.check_out(make(f"Returned {number}"), alice.member, by=None))
        holds.place(make(f"Wanted {number}").book, bob.member)

    return add_rows


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("address", ["/desk/lists/{}/", "/desk/lists/{}.csv", "/api/lists/{}/"])
def test_as_many_queries_with_three_lines_as_with_one(
    address: str, name: str, desk: Client, assistant: User, add_rows: Callable[[int], None]
) -> None:
    client = signed_in(assistant) if "api" in address else desk

    def asked() -> tuple[int, int]:
        """How many queries, and how many lines came."""
        with CaptureQueriesContext(connection) as captured:
            text = b"".join(client.get(address.format(name)))
        return len(captured), text.count(b" Example")

    add_rows(1)
    queries, lines = asked()
    add_rows(2)
    add_rows(3)
    assert asked() == (queries, lines + 2)


@pytest.mark.parametrize("name", NAMES)
def test_pages_follow_each_other(
    name: str, desk: Client, assistant: User, add_rows: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 6):
        add_rows(number)
    client = signed_in(assistant)
    whole = client.get(f"/api/lists/{name}/").json()
    paged, address = [], f"/api/lists/{name}/?limit=2"
    while address:
        answer = client.get(address)
        paged += answer.json()
        address = answer.headers.get("Link", "").partition("<http://testserver")[2].partition(">")[0]
    assert (len(whole), paged) == (5, whole)

    monkeypatch.setattr("bookplate.web.lists.AT_ONCE", 2)
    monkeypatch.setattr("bookplate.lending.lists.CHUNK", 2)
    shown, page = [], f"/desk/lists/{name}/"
    while page:
        text = desk.get(page).text
        shown += [row["title"] for row in whole if f">{row['title']}</a>" in text]
        more = text.partition('href="?after=')[2].partition('"')[0]
        page = f"/desk/lists/{name}/?after={more}" if more else ""
    assert shown == titles(whole)
    sheet = read(desk.get(f"/desk/lists/{name}.csv"))
    assert [row["Title"] for row in sheet] == titles(whole)


def read(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))


def test_a_cell_is_no_formula(desk: Client, alice: User) -> None:
    loan = overdue("=1+1", alice, 3)
    answer = desk.get("/desk/lists/overdue.csv")

    today = timezone.localdate().isoformat()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="overdue-{today}.csv"'
    assert read(answer) == [
        {
            "Title": "'=1+1",
            "Author": "",
            "Barcode": "'=1+1",
            "Shelfmark": "",
            "State": "On loan",
            "Member": "Alice Example",
            "Card": "card-alice",
            "Due": timezone.localdate(Loan.objects.get(pk=loan.pk).due_at).isoformat(),
        }
    ]


@pytest.mark.parametrize("address", ["/desk/lists/other/", "/desk/lists/other.csv", "/api/lists/other/"])
def test_there_is_no_other_list(address: str, desk: Client, assistant: User) -> None:
    assert (signed_in(assistant) if "api" in address else desk).get(address).status_code == 404


def test_a_wrong_cursor(desk: Client, assistant: User) -> None:
    assert desk.get("/desk/lists/overdue/?after=nonsense").status_code == 200
    assert signed_in(assistant).get("/api/lists/overdue/?after=nonsense").status_code == 400
    assert set(lists.LISTS) == set(NAMES)
