"""Waiting for a book over the API: places in the queue, leaving it, suspending, moving, what is set aside."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from bookplate.catalog.models import Book, Copy, State
from bookplate.core.models import Event, IdempotencyKey
from bookplate.lending import checkout, holds
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

LATER = date(2999, 12, 31)


def reserve(user: User, **body: Any) -> Any:
    return signed_in(user).post("/api/holds/", body)


def places(user: User) -> list[tuple[str, str, int | None]]:
    rows = signed_in(user).get("/api/holds/").json()
    return [(row["name"].split()[0], row["state"], row["place"]) for row in sorted(rows, key=lambda row: row["id"])]


@pytest.fixture
def queued(loan: Loan, bob: User, carol: User, assistant: User) -> list[Hold]:
    """Alice has the book; bob, carol and the assistant wait for it."""
    return [holds.place(loan.copy.book, user.member) for user in (bob, carol, assistant)]


def test_reserving_a_book(loan: Loan, bob: User) -> None:
    answer = reserve(bob, book=loan.copy.book_id)

    hold = Hold.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": hold.pk,
        "book": loan.copy.book_id,
        "copy": None,
        "member": "card-bob",
        "name": "Bob Example",
        "state": "waiting",
        "place": 1,
        "placed_at": hold.placed_at.isoformat().replace("+00:00", "Z"),
        "ready_until": None,
        "suspended_until": None,
        "message": "",
        "answer": "",
    }
    assert answer.headers["Location"] == f"http://testserver/api/holds/{hold.pk}/"


def test_places_are_given_in_order_and_move_up(queued: list[Hold], bob: User, carol: User, assistant: User) -> None:
    waiting = HoldState.WAITING
    assert places(assistant) == [("Bob", waiting, 1), ("Carol", waiting, 2), ("Assistant", waiting, 3)]
    assert places(carol) == [("Carol", waiting, 2)]

    assert signed_in(bob).delete(f"/api/holds/{queued[0].pk}/").status_code == 204
    assert places(assistant) == [("Bob", "cancelled", None), ("Carol", waiting, 1), ("Assistant", waiting, 2)]


def test_staff_reserve_for_a_member_and_nobody_else_does(loan: Loan, assistant: User, bob: User, carol: User) -> None:
    mine = reserve(bob, book=loan.copy.book_id, member="card-carol")
    unknown = reserve(bob, book=loan.copy.book_id, member="card-zaphod")

    assert (mine.status_code, list(mine.json()["errors"])) == (400, ["member"])
    assert mine.json()["errors"]["member"][0].replace("carol", "zaphod") == unknown.json()["errors"]["member"][0]
    assert reserve(assistant, book=loan.copy.book_id, member="card-carol").json()["member"] == "card-carol"


def test_one_copy_alone_may_be_waited_for(loan: Loan, bob: User, carol: User) -> None:
    other = Copy.objects.create(book=loan.copy.book, barcode="B2")
    checkout.check_out(other, carol.member, by=None)
    assert reserve(bob, copy="B1").json()["copy"] == "B1"

    checkout.take_back(other)
    assert Copy.objects.get(pk=other.pk).state == State.IN
    checkout.take_back(loan.copy)
    assert places(bob) == [("Bob", "ready", None)]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["non_field_errors"]),
        ({"book": 987_654}, ["book"]),
        ({"copy": "nosuch"}, ["copy"]),
        ({"book": 1.5, "copy": 7}, ["book", "copy"]),
    ],
)
def test_a_wrong_body_is_named(bob: User, body: dict[str, Any], fields: list[str]) -> None:
    answer = reserve(bob, **body)

    assert (answer.status_code, sorted(answer.json()["errors"])) == (400, fields)


def test_who_has_no_card_reserves_nothing(loan: Loan, bob: User) -> None:
    bob.member.delete()
    answer = reserve(User.objects.get(username="bob"), book=loan.copy.book_id)

    assert answer.json()["errors"] == {"member": ["You have no library card yet. Ask at the desk for one."]}


def test_what_speaks_against_a_hold(loan: Loan, alice: User, bob: User, carol: User) -> None:
    lonely = Book.objects.create(title="Emma")
    Copy.objects.create(book=lonely, owner=carol, visibility="everyone")
    Copy.objects.create(book=lonely, visibility="owner")
    reserve(bob, book=loan.copy.book_id)
    answers = [
        reserve(bob, book=loan.copy.book_id),
        reserve(bob, copy="B1"),
        reserve(alice, book=loan.copy.book_id),
        reserve(bob, book=lonely.pk),
    ]

    kinds = [answer.json()["type"].rpartition("/")[2] for answer in answers]
    assert kinds == ["already-held", "already-held", "already-borrowed", "nothing-to-wait-for"]


def test_the_same_key_has_one_effect(loan: Loan, bob: User) -> None:
    client, body = signed_in(bob), {"book": loan.copy.book_id}
    first, second = (client.post("/api/holds/", body, headers={"Idempotency-Key": "k"}) for _ in range(2))

    assert (first.status_code, first.json(), first["Location"]) == (201, second.json(), second["Location"])
    assert (Hold.objects.count(), IdempotencyKey.objects.count()) == (1, 1)


def test_a_suspended_hold_is_passed_over_and_keeps_its_place(
    queued: list[Hold], loan: Loan, bob: User, carol: User
) -> None:
    address = f"/api/holds/{queued[0].pk}/"
    assert signed_in(bob).patch(address, {"suspended_until": LATER}).json()["suspended_until"] == "2999-12-31"
    checkout.take_back(loan.copy)

    assert (places(carol), places(bob)) == ([("Carol", "ready", None)], [("Bob", "waiting", 1)])
    assert signed_in(bob).patch(address, {"suspended_until": None}).json()["suspended_until"] is None
    holds.cancel(queued[1])
    assert places(bob) == [("Bob", "ready", None)]

    assert signed_in(bob).patch(address, {"suspended_until": LATER}).json()["state"] == "waiting"
    assert Hold.objects.get(state=HoldState.READY).pk == queued[2].pk


def test_suspended_for_days_to_come_alone(queued: list[Hold], bob: User) -> None:
    for wrong in (timezone.localdate(), "soon", "2026-02-30"):
        answer = signed_in(bob).patch(f"/api/holds/{queued[0].pk}/", {"suspended_until": wrong})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["suspended_until"])
    assert Hold.objects.get(pk=queued[0].pk).suspended_until is None


def test_a_librarian_moves_somebody_to_the_front_with_a_reason(
    queued: list[Hold], loan: Loan, librarian: User, assistant: User
) -> None:
    client, address = signed_in(librarian), f"/api/holds/{queued[2].pk}/place/"

    assert client.put(address, {"place": 1, "reason": "Exam tomorrow"}).json()["place"] == 1
    assert [name for name, _, place in sorted(places(assistant), key=lambda row: row[2] or 0)] == [
        "Assistant",
        "Bob",
        "Carol",
    ]
    assert Event.objects.get(type="hold.moved").note == "place 3 → 1: Exam tomorrow"
    assert list(client.put(address, {"place": 1}).json()["errors"]) == ["reason"]
    checkout.take_back(loan.copy)
    assert client.put(address, {"place": 2, "reason": "Late"}).json()["type"].endswith("/hold-over")


def test_what_is_on_its_shelf_is_set_aside_for_the_first(copy: Copy, assistant: User, bob: User, carol: User) -> None:
    for user in (bob, carol):
        reserve(user, book=copy.book_id)
    client = signed_in(assistant)
    answer = client.post("/api/holds/shelf/", {"copy": "B1"})

    assert (answer.status_code, answer.json()["member"], answer.json()["state"]) == (200, "card-bob", "ready")
    assert answer.json()["copy"] == "B1"
    assert Copy.objects.get().state == State.HELD
    assert client.post("/api/holds/shelf/", {"copy": "B1"}).json()["type"].endswith("/nobody-waits")
    assert client.post(f"/api/holds/{answer.json()['id']}/loan/").json()["member"] == "card-bob"
    assert client.post(f"/api/holds/{answer.json()['id']}/loan/").json()["type"].endswith("/hold-over")


def test_what_nobody_fetched_passes_to_the_next_once(queued: list[Hold], loan: Loan, assistant: User) -> None:
    checkout.take_back(loan.copy)
    ends = Hold.objects.get(state=HoldState.READY).ready_until
    assert ends

    assert holds.pass_on_expired(ends) == 0
    Hold.objects.filter(state=HoldState.READY).update(ready_until=timezone.now() - timedelta(seconds=1))
    assert [holds.pass_on_expired() for _ in range(2)] == [1, 0]
    assert places(assistant) == [("Bob", "expired", None), ("Carol", "ready", None), ("Assistant", "waiting", 1)]
    assert Event.objects.filter(type="hold.expired").count() == 1


def test_who_waits_again_after_an_expiry_is_last(queued: list[Hold], loan: Loan, bob: User) -> None:
    checkout.take_back(loan.copy)
    Hold.objects.filter(state=HoldState.READY).update(ready_until=timezone.now() - timedelta(seconds=1))
    holds.pass_on_expired()

    assert reserve(bob, book=loan.copy.book_id).json()["place"] == 2


def test_holds_tell_nobody_of_others(queued: list[Hold], alice: User, bob: User, carol: User) -> None:
    for user, seen in ((alice, 0), (bob, 1), (carol, 1)):
        client = signed_in(user)
        text = client.get("/api/holds/").text + client.get(f"/api/holds/?book={queued[0].book_id}").text
        assert text.count('"id"') == 2 * seen
        others = {"Bob", "Carol", "Assistant", "Alice"} - {user.username.capitalize()}
        assert not any(name in text or f"card-{name.lower()}" in text for name in others)
    for verb, path in (("get", ""), ("patch", ""), ("delete", ""), ("put", "answer/"), ("post", "loan/")):
        hidden = getattr(signed_in(alice), verb)(f"/api/holds/{queued[0].pk}/{path}")
        never = getattr(signed_in(alice), verb)(f"/api/holds/987654/{path}")
        assert (hidden.status_code, hidden.content) == (404, never.content)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=ready", 1),
        ("state=waiting", 2),
        ("active=true", 3),
        ("active=false", 1),
        ("member=card-carol", 1),
        ("copy=B1", 1),
        ("copy=B9", 0),
        ("asked=true", 0),
        ("book=987654", 0),
    ],
)
def test_holds_are_narrowed(queued: list[Hold], loan: Loan, librarian: User, query: str, count: int) -> None:
    holds.cancel(holds.place(loan.copy.book, librarian.member))
    checkout.take_back(loan.copy)

    assert len(signed_in(librarian).get(f"/api/holds/?{query}").json()) == count


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_holds_is_one_query(
    assistant: User, bob: User, carol: User, alice: User, copy: Copy, rows: int, django_assert_num_queries: Any
) -> None:
    numbers: DjangoAssertNumQueries = django_assert_num_queries
    for user in (alice, bob, carol)[:rows]:
        holds.place(copy.book, user.member)
    client = signed_in(assistant)

    with numbers(2):
        assert len(client.get("/api/holds/").json()) == rows
