"""Lending over the API."""

from datetime import timedelta
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


def lend(client: Any, copy: Copy, user: User, **headers: str) -> Any:
    return client.post("/api/loans/", {"copy": copy.barcode, "member": user.member.card}, headers=headers)


def test_lending_a_copy(assistant: User, copy: Copy, alice: User) -> None:
    answer = lend(signed_in(assistant), copy, alice)

    loan = Loan.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": loan.pk,
        "copy": "B1",
        "book": copy.book_id,
        "member": "card-alice",
        "lent_at": loan.lent_at.isoformat().replace("+00:00", "Z"),
        "due_at": loan.due_at.isoformat().replace("+00:00", "Z"),
        "returned_at": None,
        "renewals": 0,
        "lost": False,
    }
    assert (loan.due_at.date() - timezone.localdate()).days == 21
    assert Copy.objects.get().state == State.ON_LOAN


def test_a_copy_on_loan_is_a_conflict(assistant: User, copy: Copy, alice: User, bob: User) -> None:
    client = signed_in(assistant)
    first, second = lend(client, copy, alice), lend(client, copy, bob)

    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json()["type"].endswith("/copy-on-loan")
    assert [loan.member for loan in Loan.objects.open()] == [alice.member]


def test_the_limit_of_loans(assistant: User, alice: User, book: Book, settings: Any) -> None:
    settings.LOANS_AT_ONCE = 2
    client = signed_in(assistant)
    answers = [lend(client, Copy.objects.create(book=book), alice) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[2].json()["type"].endswith("/limit-reached")


def test_a_loan_has_its_address_and_its_tag(assistant: User, copy: Copy, alice: User) -> None:
    client = signed_in(assistant)
    answer = lend(client, copy, alice)
    address = f"/api/loans/{answer.json()['id']}/"
    tag = client.get(address).headers["ETag"]

    assert answer.headers["Location"] == f"http://testserver{address}"
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("state", [State.LOST, State.WITHDRAWN])
def test_what_is_gone_cannot_be_lent(assistant: User, copy: Copy, alice: User, state: str) -> None:
    Copy.objects.update(state=state)

    assert lend(signed_in(assistant), copy, alice).json()["type"].endswith("/copy-not-available")


def test_taking_back_twice_changes_nothing(assistant: User, loan: Loan) -> None:
    client = signed_in(assistant)
    first = client.post(f"/api/loans/{loan.pk}/return/")
    second = client.post(f"/api/loans/{loan.pk}/return/")

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert first.json()["returned_at"] is not None
    assert Copy.objects.get().state == State.IN
    assert [event.type for event in Event.objects.all()] == ["loan.opened", "loan.closed"]


def test_a_mistake_is_undone(assistant: User, copy: Copy, alice: User, bob: User) -> None:
    client = signed_in(assistant)
    address = f"/api/loans/{lend(client, copy, alice).json()['id']}/"
    assert client.delete(f"{address}return/").json()["type"].endswith("/too-late-to-undo")  # it is not back yet
    client.post(f"{address}return/")

    assert client.delete(address).json()["type"].endswith("/too-late-to-undo")
    again = client.delete(f"{address}return/")
    assert (again.status_code, again.json()["returned_at"], Copy.objects.get().state) == (200, None, State.ON_LOAN)
    assert (client.delete(address).status_code, client.get(address).status_code) == (204, 404)
    assert lend(client, copy, bob).status_code == 201


def test_what_was_lost_and_found_was_not_returned(assistant: User, loan: Loan) -> None:
    client, condition = signed_in(assistant), f"/api/copies/{loan.copy_id}/condition/"
    for word in ("lost", "good"):
        assert client.put(condition, {"condition": word}).status_code == 200

    assert client.delete(f"/api/loans/{loan.pk}/return/").json()["type"].endswith("/too-late-to-undo")


def test_an_old_loan_does_not_end_a_newer_one(assistant: User, loan: Loan, bob: User) -> None:
    client = signed_in(assistant)
    client.post(f"/api/loans/{loan.pk}/return/")
    lend(client, loan.copy, bob)
    client.post(f"/api/loans/{loan.pk}/return/")

    assert [open_loan.member for open_loan in Loan.objects.open()] == [bob.member]


def test_renewing_moves_the_due_date_until_the_limit(alice: User, loan: Loan, settings: Any) -> None:
    client = signed_in(alice)
    answers = [client.post(f"/api/loans/{loan.pk}/renew/") for _ in range(settings.RENEWALS + 1)]

    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert answers[1].json()["renewals"] == 2
    assert Loan.objects.get().due_at - loan.due_at == timedelta(days=2 * settings.LOAN_DAYS)
    assert answers[2].json()["type"].endswith("/renewals-used-up")


def test_a_book_that_somebody_waits_for_is_not_renewed(alice: User, bob: User, loan: Loan) -> None:
    holds.place(loan.copy.book, bob.member)

    assert signed_in(alice).post(f"/api/loans/{loan.pk}/renew/").json()["type"].endswith("/held-for-another")


def test_a_returned_copy_waits_for_the_first_in_line(assistant: User, loan: Loan, bob: User, carol: User) -> None:
    holds.place(loan.copy.book, bob.member)
    holds.place(loan.copy.book, carol.member)
    client = signed_in(assistant)
    client.post(f"/api/loans/{loan.pk}/return/")

    assert Copy.objects.get().state == State.HELD
    assert lend(client, loan.copy, carol).json()["type"].endswith("/held-for-another")
    assert lend(client, loan.copy, bob).status_code == 201
    assert list(Hold.objects.values_list("state", flat=True)) == [HoldState.PICKED_UP, HoldState.WAITING]


def test_the_same_key_has_one_effect_and_one_answer(assistant: User, copy: Copy, alice: User) -> None:
    client = signed_in(assistant)
    key = {"Idempotency-Key": "11111111-2222"}
    first, second = lend(client, copy, alice, **key), lend(client, copy, alice, **key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first["Location"] == second["Location"] == f"http://testserver/api/loans/{first.json()['id']}/"
    assert (Loan.objects.count(), IdempotencyKey.objects.count()) == (1, 1)


def test_a_key_of_another_request_is_refused(assistant: User, copy: Copy, alice: User, bob: User) -> None:
    client = signed_in(assistant)
    lend(client, copy, alice, **{"Idempotency-Key": "k"})
    answer = lend(client, copy, bob, **{"Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/key-used-otherwise")


def test_a_refusal_is_not_remembered(assistant: User, copy: Copy, alice: User, bob: User) -> None:
    client = signed_in(assistant)
    lend(client, copy, bob)
    assert lend(client, copy, alice, **{"Idempotency-Key": "k"}).status_code == 409
    checkout.take_back(copy)

    assert lend(client, copy, alice, **{"Idempotency-Key": "k"}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there"])
def test_an_unusable_key_is_named(assistant: User, copy: Copy, alice: User, key: str) -> None:
    answer = lend(signed_in(assistant), copy, alice, **{"Idempotency-Key": key})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["Idempotency-Key"])


def test_each_sees_their_own_loans_and_the_desk_all(assistant: User, loan: Loan, alice: User, bob: User) -> None:
    seen = {user.username: len(signed_in(user).get("/api/loans/").json()) for user in (alice, bob, assistant)}

    assert seen == {"alice": 1, "bob": 0, "assistant": 1}


def test_the_desk_answers_for_what_is_on_a_card_also_where_the_copy_is_hidden_from_it(
    loan: Loan, bob: User, assistant: User
) -> None:
    Copy.objects.update(owner=bob, visibility="friends")
    client = signed_in(assistant)

    assert [row["id"] for row in client.get("/api/loans/").json()] == [loan.pk]
    assert client.get(f"/api/copies/{loan.copy_id}/").status_code == 404
    assert client.post("/api/loans/", {"copy": "B1", "member": "card-bob"}).status_code == 400


def test_an_owner_sees_who_has_their_book_now_but_cannot_prolong_it(
    assistant: User, copy: Copy, alice: User, carol: User
) -> None:
    Copy.objects.update(owner=carol)
    loan = checkout.check_out(copy, alice.member, by=None)
    owner = signed_in(carol)

    assert owner.get(f"/api/loans/{loan.pk}/").json()["member"] == "card-alice"
    assert owner.post(f"/api/loans/{loan.pk}/renew/").status_code == 403
    checkout.take_back(copy)
    assert owner.get(f"/api/loans/{loan.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("open=true", 1),
        ("open=false", 1),
        ("overdue=true", 1),
        ("member=card-alice", 2),
        ("copy=B1", 1),
        ("copy=B9", 0),
    ],
)
def test_loans_are_narrowed(assistant: User, loan: Loan, alice: User, query: str, count: int) -> None:
    other = Copy.objects.create(book=loan.copy.book, barcode="B2")
    checkout.check_out(other, alice.member, by=None)
    checkout.take_back(other)
    Loan.objects.filter(pk=loan.pk).update(due_at=timezone.now() - timedelta(days=1))

    assert len(signed_in(assistant).get(f"/api/loans/?{query}").json()) == count


@pytest.mark.parametrize("on_the_shelf", [0, 5])
def test_a_checkout_and_a_return_take_few_statements(
    assistant: User, alice: User, book: Book, on_the_shelf: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    copy, *others = [Copy.objects.create(book=book) for _ in range(1 + on_the_shelf)]
    for other in others:
        checkout.check_out(other, alice.member, by=None)
    client = signed_in(assistant)

    # Beside the savepoint, which is the test's: sign-in, what is named, what is locked, what decides, what is written.
    with django_assert_num_queries(2 + 1 + 2 + 2 + 3 + 3):
        loan = lend(client, copy, alice).json()
    with django_assert_num_queries(2 + 1 + 1 + 2 + 1 + 3):
        assert client.post(f"/api/loans/{loan['id']}/return/").json()["returned_at"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_loans_is_one_query(
    assistant: User, alice: User, book: Book, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        checkout.check_out(Copy.objects.create(book=book), alice.member, by=None)
    client = signed_in(assistant)

    with django_assert_num_queries(2):
        assert len(client.get("/api/loans/").json()) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_copies_is_one_query(
    assistant: User, book: Book, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Copy.objects.bulk_create([Copy(book=book) for _ in range(rows)])
    client = signed_in(assistant)

    with django_assert_num_queries(2):
        assert len(client.get(f"/api/copies/?book={book.pk}").json()) == rows


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"copy": 1, "member": 2},
        {"copy": "", "member": ""},
        {"copy": "a", "member": ["x"]},
        {"copy": {}, "member": None},
    ],
)
def test_a_wrong_body_names_both_fields(assistant: User, body: dict[str, Any]) -> None:
    answer = signed_in(assistant).post("/api/loans/", body)

    assert (answer.status_code, sorted(answer.json()["errors"])) == (400, ["copy", "member"])
