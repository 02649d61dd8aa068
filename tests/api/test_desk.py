"""A stack of books in one go, and what becomes of a copy."""

from typing import Any

import pytest

from bookplate.catalog.models import Book, Copy, State
from bookplate.core.models import Event
from bookplate.lending import checkout, conditions, holds, requests, rules
from bookplate.lending.conditions import Condition
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def stack(book: Book) -> list[Copy]:
    return [Copy.objects.create(book=book, barcode=f"S{number}") for number in range(3)]


def kinds(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["problem"]["type"].rpartition("/")[2] if answer["problem"] else "done" for answer in answers]


def set_condition(user: User, copy: Copy, condition: str) -> Any:
    return signed_in(user).put(f"/api/copies/{copy.pk}/condition/", {"condition": condition})


def test_a_stack_is_lent_with_an_answer_for_each(stack: list[Copy], assistant: User, alice: User, bob: User) -> None:
    rules.change(loans_at_once=2)
    checkout.check_out(stack[1], bob.member, by=None)
    body = {"member": "card-alice", "copies": ["S0", "nosuch", "S1", "S2", "S0"]}
    answer = signed_in(assistant).post("/api/checkouts/", body)

    assert answer.status_code == 200
    answers = answer.json()
    assert [one["copy"] for one in answers] == body["copies"]
    assert kinds(answers) == ["done", "invalid", "copy-on-loan", "done", "copy-on-loan"]
    assert (answers[0]["loan"]["member"], answers[1]["loan"]) == ("card-alice", None)
    assert answers[1]["problem"]["errors"] == {"copy": ["There is no barcode nosuch."]}
    assert Loan.objects.open().filter(member=alice.member).count() == 2


def test_a_stack_comes_back_and_says_what_is_held(stack: list[Copy], assistant: User, alice: User, bob: User) -> None:
    for copy in stack[:2]:
        checkout.check_out(copy, alice.member, by=None)
    holds.place(stack[0].book, bob.member)
    answers = signed_in(assistant).post("/api/returns/", {"copies": ["S0", "S1", "S2"]}).json()

    assert kinds(answers) == ["done", "done", "not-on-loan"]
    assert [one["hold"] and one["hold"]["name"] for one in answers] == ["Bob Example", None, None]
    assert Loan.objects.open().count() == 0


@pytest.mark.parametrize("copies", [[], ["x"] * 101, "S0", [""], None])
def test_a_stack_of_some_books(assistant: User, copies: Any) -> None:
    answer = signed_in(assistant).post("/api/returns/", {"copies": copies}, format="json")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["copies"])


def test_what_the_desk_may_not_see_is_no_barcode(book: Book, assistant: User, carol: User) -> None:
    Copy.objects.create(book=book, barcode="hidden", owner=carol, visibility="owner")
    answers = signed_in(assistant).post("/api/returns/", {"copies": ["hidden", "nosuch"]}).json()

    assert [one["problem"]["detail"].split()[-1] for one in answers] == ["hidden.", "nosuch."]
    assert kinds(answers) == ["invalid", "invalid"]


def test_a_lost_copy_ends_its_loan_and_is_found_again(loan: Loan, assistant: User, alice: User, bob: User) -> None:
    holds.place(loan.copy.book, bob.member)
    lost = set_condition(assistant, loan.copy, "lost")

    assert (lost.status_code, lost.json()["state"]) == (200, "lost")
    loan.refresh_from_db()
    assert (loan.lost, loan.returned_at is not None) == (True, True)
    assert signed_in(alice).get(f"/api/loans/{loan.pk}/").json()["lost"] is True
    assert Hold.objects.get().state == HoldState.WAITING

    assert set_condition(assistant, loan.copy, "good").json()["state"] == "held"
    assert Hold.objects.get().state == HoldState.READY
    types = Event.objects.exclude(type="hold.placed").values_list("type", "member")
    assert list(types) == [
        ("loan.opened", alice.member.pk),
        ("copy.lost", alice.member.pk),
        ("copy.found", None),
        ("hold.ready", bob.member.pk),
    ]


def test_a_damaged_copy_gives_its_place_on_the_shelf_back(copy: Copy, assistant: User, bob: User) -> None:
    holds.place(copy.book, bob.member)
    holds.set_aside(copy)

    assert set_condition(assistant, copy, "damaged").json()["state"] == "damaged"
    hold = Hold.objects.get()
    assert (hold.state, hold.copy, hold.ready_until) == (HoldState.WAITING, None, None)
    assert set_condition(assistant, copy, "damaged").status_code == 200
    assert Event.objects.filter(type="copy.damaged").count() == 1


def test_a_withdrawn_copy_must_be_back_and_ends_the_wait_for_it(loan: Loan, librarian: User, bob: User) -> None:
    hold = requests.reserve(loan.copy, bob.member)
    assert set_condition(librarian, loan.copy, "withdrawn").json()["type"].endswith("/copy-on-loan")
    checkout.take_back(loan.copy)

    assert set_condition(librarian, loan.copy, "withdrawn").json()["state"] == "withdrawn"
    assert Hold.objects.get(pk=hold.pk).state == HoldState.REFUSED


def test_who_waits_for_any_copy_stays_in_line_until_the_last_is_withdrawn(
    stack: list[Copy], librarian: User, alice: User, bob: User
) -> None:
    Copy.objects.create(book=stack[0].book, owner=alice)  # nobody waits for hers
    for member in (alice.member, bob.member):
        holds.place(stack[0].book, member)

    states = []
    for copy, condition in [
        (stack[0], "withdrawn"),
        (stack[1], "lost"),
        (stack[2], "withdrawn"),
        (stack[1], "withdrawn"),
    ]:
        set_condition(librarian, copy, condition)
        states.append(sorted(Hold.objects.values_list("state", flat=True)))

    assert states == [["waiting"] * 2] * 3 + [["refused"] * 2]
    assert list(Event.objects.filter(type="hold.refused").values_list("audience", "audience_of")) == [
        ("user", alice.pk),
        ("user", bob.pk),
    ]


def test_assistants_withdraw_nothing_and_people_keep_their_own(
    copy: Copy, book: Book, assistant: User, alice: User, bob: User
) -> None:
    own = Copy.objects.create(book=book, owner=alice)

    assert set_condition(assistant, copy, "withdrawn").status_code == 403
    assert (set_condition(assistant, own, "lost").status_code, set_condition(bob, own, "lost").status_code) == (
        403,
        403,
    )
    assert set_condition(alice, own, "lost").json()["state"] == "lost"
    conditions.set_condition(copy, Condition.WITHDRAWN)
    assert set_condition(assistant, copy, "good").status_code == 403


def test_a_condition_is_one_of_four(copy: Copy, assistant: User) -> None:
    answer = set_condition(assistant, copy, "in")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["condition"])
    assert Copy.objects.get().state == State.IN
