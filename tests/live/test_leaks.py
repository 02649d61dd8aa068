"""Six people with every relation, and whatever happens at random: each hears exactly what the table says (G9, G26).

By the socket, by asking, and whoever may have webhooks by these.
"""

import json
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest

from tests.receiver import Receiver, receiving
from tests.servers import BookplateServer
from tests.visitors import Visitor

# To alice, bob is of her group, and carol of another and her friend now and then.
NAMES = ["alice", "bob", "carol", "assistant", "librarian", "admin"]
EVERYBODY = set(NAMES)
MATES = {"alice", "bob"}
DESK = {"assistant", "librarian", "admin"}


@pytest.fixture
def server(database_url: str | None) -> Iterator[BookplateServer]:
    near = {"BOOKPLATE_REACHABLE_NETWORKS": "127.0.0.1", "BOOKPLATE_ACCESS_SECONDS": "3600"}
    with BookplateServer(demo=True, database_url=database_url, env=near) as server:
        yield server


@dataclass
class Library:
    """Acts at random, and keeps the list of what each person should hear."""

    people: dict[str, Visitor]
    chance: random.Random
    friends: bool
    receivers: dict[str, Receiver]
    copy: dict[str, Any] = field(default_factory=dict)
    loan: int = 0
    hold: int = 0
    expected: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in NAMES})

    def act(self) -> None:
        own = [self.add_book, self.change_copy, self.change_friends, self.add_card, self.remove_copy]
        self.chance.choice([*own, self.lend_or_take_back, self.wait_or_not])()

    def told(self, type: str, who: set[str]) -> None:
        for name in who:
            self.expected[name].append(type)

    def add_book(self) -> None:
        assert self.people["librarian"].post("/api/books/", {"title": "One more"}).status_code == 201
        self.told("book.added", EVERYBODY)

    def change_copy(self) -> None:
        self.wait_for_receivers()
        visibility = self.chance.choice(["everyone", "members", "group", "friends", "owner"])
        if not self.copy:
            book = self.people["alice"].get("/api/books/?limit=1").json()[0]["id"]
            added = self.people["alice"].post("/api/copies/", {"book": book, "visibility": visibility})
            assert added.status_code == 201, added.text
            self.copy = added.json()
            self.told("copy.added", self.seers())
        elif self.copy["visibility"] != visibility:
            changed = self.people["alice"].http.patch(
                f"/api/copies/{self.copy['id']}/", json={"visibility": visibility}
            )
            assert changed.status_code == 200, changed.text
            self.copy = changed.json()
            self.told("copy.changed", self.seers())

    def seers(self) -> set[str]:
        """Admins see everything; the desk nothing of a person's but what others see."""
        if self.copy["visibility"] in ("everyone", "members"):
            return EVERYBODY
        friends = {"carol"} if self.friends else set()
        return {"alice", "admin"} | {"group": MATES, "friends": friends, "owner": set()}[self.copy["visibility"]]

    def change_friends(self) -> None:
        alice, carol = self.people["alice"], self.people["carol"]
        if self.friends:
            assert alice.http.delete(f"/api/friends/{me(carol)}/").status_code == 204
            self.friends = False
            self.told("friend.ended", {"alice", "carol"})
            return
        asked = alice.post("/api/friend-requests/", {"username": "carol"})  # who lets all members find her
        assert asked.status_code == 201, asked.text
        assert carol.post(f"/api/friend-requests/{asked.json()['id']}/accept/").status_code == 200
        self.friends = True
        self.told("friend.requested", {"alice", "carol"})
        self.told("friend.added", {"alice", "carol"})

    def add_card(self) -> None:
        assert self.people["librarian"].post("/api/members/", {"firstname": "Dora"}).status_code == 201
        self.told("member.added", DESK)

    def remove_copy(self) -> None:
        if self.copy:
            self.wait_for_receivers()
            assert self.people["alice"].http.delete(f"/api/copies/{self.copy['id']}/").status_code == 204
            self.told("copy.removed", self.seers() - {"admin"} | self.admin_too())
            self.copy = {}

    def lend_or_take_back(self) -> None:
        """A copy that the desk alone sees, to carol; back, it is for bob, if he waits, until carol is lent it again."""
        desk = self.people["assistant"]
        if self.loan:
            assert desk.post(f"/api/loans/{self.loan}/return/").status_code == 200
            self.told("loan.closed", DESK | {"carol"})
            if self.hold:
                self.told("hold.ready", DESK | {"bob"})
            self.loan = 0
        elif not self.hold:
            lent = desk.post("/api/loans/", {"copy": self.hidden, "member": self.card("carol")})
            assert lent.status_code == 201, lent.text
            self.loan = lent.json()["id"]
            self.told("loan.opened", DESK | {"carol"})

    def wait_or_not(self) -> None:
        desk = self.people["librarian"]
        if self.hold:
            assert desk.http.delete(f"/api/holds/{self.hold}/").status_code == 204
            self.told("hold.cancelled", DESK | {"bob"})
            self.hold = 0
        else:
            placed = desk.post("/api/holds/", {"copy": self.hidden, "member": self.card("bob")})
            assert placed.status_code == 201, placed.text
            self.hold = placed.json()["id"]
            self.told("hold.placed", DESK | {"bob"})

    @cached_property
    def hidden(self) -> str:
        """The barcode of a copy of the library's that no member sees."""
        book = self.people["librarian"].post("/api/books/", {"title": "Kept at the desk"}).json()["id"]
        added = self.people["librarian"].post("/api/copies/", {"book": book, "visibility": "owner"})
        assert added.status_code == 201, added.text
        self.told("book.added", EVERYBODY)
        self.told("copy.added", DESK)
        return str(added.json()["barcode"])

    def card(self, name: str) -> str:
        return str(self.people[name].get("/api/users/me/").json()["card"])

    def wait_for_receivers(self) -> None:
        """Before something is hidden: a webhook gets what may be seen when it is sent, which is a moment later."""
        until = time.monotonic() + 60
        while any(len(told_to(self.receivers[name])) < len(self.expected[name]) for name in self.receivers):
            assert time.monotonic() < until, {name: told_to(receiver) for name, receiver in self.receivers.items()}
            time.sleep(0.02)

    def admin_too(self) -> set[str]:
        """Of a copy that is gone its audience alone hears: an admin is not among a person's friends or group."""
        return {"admin"} if self.copy["visibility"] in ("everyone", "members") else set()


def told_to(receiver: Receiver) -> list[dict[str, Any]]:
    """All but what its owner did to the webhook itself; what came twice, once."""
    told = [json.loads(body) for body in {one.headers["webhook-id"]: one.body for one in list(receiver.got)}.values()]
    return [event for event in told if not event["type"].startswith("webhook.")]


def hook(visitor: Visitor, receiver: Receiver) -> Receiver:
    assert visitor.post("/api/webhooks/", {"address": receiver.url()}).status_code == 201
    return receiver


def me(visitor: Visitor) -> int:
    return int(visitor.get("/api/users/me/").json()["id"])


@pytest.mark.parametrize("actions", [pytest.param(25, id="some"), pytest.param(500, id="many", marks=pytest.mark.long)])
def test_everybody_hears_what_they_may_and_nothing_else(server: BookplateServer, actions: int) -> None:
    with ExitStack() as stack:
        people = {name: Visitor(server, name) for name in NAMES}
        receivers = {name: hook(people[name], stack.enter_context(receiving())) for name in ("librarian", "admin")}
        sockets = {name: stack.enter_context(visitor.socket()) for name, visitor in people.items()}
        library = Library(people, random.Random(8), friends=True, receivers=receivers)
        last = sockets["alice"].ready["last"]
        polled: dict[str, list[dict[str, Any]]] = {name: [] for name in NAMES}
        heard: dict[str, list[dict[str, Any]]] = {name: [] for name in NAMES}
        for _ in range(actions):
            library.act()
            for name, visitor in people.items():
                # Read as it comes: a client that leaves it all until the end answers no ping either.
                heard[name] += [sockets[name].next() for _ in library.expected[name][len(heard[name]) :]]
                polled[name] += visitor.get(f"/api/events/?since={last}").json()
            last = max([last, *(event["id"] for events in polled.values() for event in events[-1:])])
        library.add_book()
        library.wait_for_receivers()
        for name in NAMES:
            heard[name] += [sockets[name].next() for _ in library.expected[name][len(heard[name]) :]]

    assert {name: [event["type"] for event in heard[name]] for name in NAMES} == library.expected
    assert {name: events[:-1] for name, events in heard.items()} == polled
    assert {name: told_to(receiver) for name, receiver in receivers.items()} == {
        name: heard[name] for name in receivers
    }
