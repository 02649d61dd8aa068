"""Walks through everything that lending can do, over HTTP, beside the model of it in `model.py` (G17).

After every step the answer is the one that the model expects, and every copy, loan and hold is where the model has
it; after every walk `verify` finds nothing. What goes wrong, Hypothesis brings down to the fewest steps that show it.
"""

from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from rest_framework.test import APIClient

from bookplate.catalog.models import Book, Copy
from bookplate.lending import holds, rules, verify
from bookplate.lending.models import Hold, HoldState
from bookplate.people.models import User
from tests.cast import signed_in, undone
from tests.lending.model import Library

pytestmark = pytest.mark.django_db

LIMIT, RENEWALS = 2, 1
CARDS = ["card-bob", "card-carol", "card-librarian"]
# Two copies of the library's and one of alice's own: few, so that people meet at them.
LINES = {"Emma 1": "Emma", "Emma 2": "Emma", "Own": "Own"}

card, copy = st.sampled_from(CARDS), st.sampled_from(list(LINES))


class Walk(RuleBasedStateMachine):
    def __init__(self, people: dict[str, User], book: int) -> None:
        super().__init__()
        self.after = ExitStack()
        self.after.enter_context(undone())
        # Signed in for each walk: all of them together take longer than a token is good for.
        clients = {f"card-{name}": signed_in(user) for name, user in people.items()}
        self.desk, self.owner, self.people, self.book = clients["card-assistant"], clients["card-alice"], clients, book
        self.model = Library(LINES, LIMIT, RENEWALS)
        self.loans: dict[str, int] = {}
        self.holds: dict[tuple[str, str], int] = {}

    def teardown(self) -> None:
        with self.after:
            assert [fault.words for fault in verify.check()] == []

    @rule(card=card, copy=copy)
    def lend(self, card: str, copy: str) -> None:
        self.agree(self.desk.post("/api/loans/", {"copy": copy, "member": card}), self.model.lend(card, copy))

    @precondition(lambda self: self.loans)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        copy = data.draw(st.sampled_from(list(self.loans)))
        answer = self.keeper(copy).post(f"/api/loans/{self.loans[copy]}/return/")
        self.agree(answer, self.model.give_back(copy))

    @precondition(lambda self: self.loans)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        copy = data.draw(st.sampled_from(list(self.loans)))
        self.agree(self.desk.post(f"/api/loans/{self.loans[copy]}/renew/"), self.model.renew(copy))

    @rule(card=card)
    def hold(self, card: str) -> None:
        self.agree(self.people[card].post("/api/holds/", {"book": self.book}), self.model.hold(card, "Emma"))

    @rule(card=card, copy=copy)
    def ask(self, card: str, copy: str) -> None:
        answer = self.people[card].post("/api/holds/", {"copy": copy})
        self.agree(answer, self.model.hold(card, LINES[copy], copy))

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        card, line = data.draw(st.sampled_from(list(self.holds)))
        answer = self.people[card].delete(f"/api/holds/{self.holds[card, line]}/")
        self.agree(answer, self.model.leave(card, line))

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def hand_over(self, data: st.DataObject) -> None:
        card, line = data.draw(st.sampled_from(list(self.holds)))
        kept = self.model.holds[card, line].kept
        answer = self.desk.post(f"/api/holds/{self.holds[card, line]}/loan/")
        self.agree(answer, kept is not None and self.model.lend(card, kept))

    @precondition(lambda self: self.holds)
    @rule(copy=copy)
    def set_aside(self, copy: str) -> None:
        self.agree(self.desk.post("/api/holds/shelf/", {"copy": copy}), self.model.set_aside(copy))

    @precondition(lambda self: self.holds)
    @rule(copy=copy)
    def expire(self, copy: str) -> None:
        kept = Hold.objects.filter(copy__barcode=copy, state=HoldState.READY)
        kept.update(ready_until=timezone.now() - timedelta(seconds=1))
        card = self.model.kept_for(copy)
        assert holds.pass_on_expired() == (card is not None and self.model.leave(card, LINES[copy]))

    @precondition(lambda self: not self.model.lost)
    @rule(copy=copy)
    def lose(self, copy: str) -> None:
        self.model.lose(copy)
        self.agree(self.become(copy, "lost"), True)

    @precondition(lambda self: self.model.lost)
    @rule(data=st.data())
    def find(self, data: st.DataObject) -> None:
        copy = data.draw(st.sampled_from(sorted(self.model.lost)))
        self.model.find(copy)
        self.agree(self.become(copy, "good"), True)

    @precondition(lambda self: self.asks())
    @rule(data=st.data(), accepted=st.booleans())
    def answer(self, data: st.DataObject, accepted: bool) -> None:
        """Accept or refuse."""
        card = data.draw(st.sampled_from(self.asks()))
        answer = self.owner.put(f"/api/holds/{self.holds[card, 'Own']}/answer/", {"accepted": accepted})
        self.agree(answer, self.model.accept(card, "Own") if accepted else self.model.leave(card, "Own"))

    def agree(self, answer: Any, expected: bool) -> None:
        """What cannot be is refused for the state of things."""
        usual = answer.status_code in (200, 201, 204) if expected else answer.status_code == 409
        assert usual, f"{answer.status_code}, expected was {expected}: {answer.content.decode()}"

    @invariant()
    def everything_is_where_it_should_be(self) -> None:
        copies, loans, queue = (self.rows(of) for of in ("copies/", "loans/?open=true", "holds/?active=true"))
        self.loans = {loan["copy"]: loan["id"] for loan in loans}
        keys = [(hold["member"], "Own" if hold["copy"] == "Own" else "Emma") for hold in queue]
        self.holds = {key: hold["id"] for key, hold in zip(keys, queue, strict=True)}

        assert {row["barcode"]: row["state"] for row in copies} == {one: self.model.state(one) for one in LINES}
        assert {loan["copy"]: (loan["member"], loan["renewals"]) for loan in loans} == self.model.loans
        assert {key: (hold["copy"], hold["place"]) for key, hold in zip(keys, queue, strict=True)} == self.model.queue()

    def rows(self, of: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.desk.get(f"/api/{of}").json()
        return rows

    def asks(self) -> list[str]:
        """The cards of those who asked for alice's copy."""
        return [card for card, line in self.holds if line == "Own"]

    def keeper(self, copy: str) -> APIClient:
        """Of what is somebody's own, its owner takes the place of the desk."""
        return self.owner if copy == "Own" else self.desk

    def become(self, copy: str, condition: str) -> Any:
        number = Copy.objects.get(barcode=copy).pk
        return self.keeper(copy).put(f"/api/copies/{number}/condition/", {"condition": condition})


def walk(people: dict[str, User], walks: int, steps: int, *, repeatable: bool) -> None:
    rules.change(loans_at_once=LIMIT, renewals=RENEWALS)
    book = Book.objects.create(title="Emma")
    for barcode in LINES:
        Copy.objects.create(book=book, barcode=barcode, owner=people["alice"] if barcode == "Own" else None)
    run_state_machine_as_test(
        partial(Walk, people, book.pk),  # type: ignore[arg-type]  # called only
        settings=settings(
            max_examples=walks,
            stateful_step_count=steps,
            derandomize=repeatable,
            phases=[Phase.generate, Phase.shrink],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def people(assistant: User, alice: User, bob: User, carol: User, librarian: User) -> dict[str, User]:
    return {user.username: user for user in (assistant, alice, bob, carol, librarian)}


def test_some_walks(people: dict[str, User]) -> None:
    walk(people, 5, 10, repeatable=True)


@pytest.mark.long
def test_many_walks(people: dict[str, User]) -> None:
    walk(people, 200, 25, repeatable=False)
