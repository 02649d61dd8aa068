"""A worker is killed (`kill -9`) while it sends: each webhook gets everything, in order, what was under way twice."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial

import pytest

from tests.receiver import Received, Receiver, Reply, receiving
from tests.servers import BookplateServer, children
from tests.visitors import Visitor

PATIENCE = 120


@pytest.fixture
def server(database_url: str | None) -> Iterator[BookplateServer]:
    near = {"BOOKPLATE_REACHABLE_NETWORKS": "127.0.0.1", "BOOKPLATE_ACCESS_SECONDS": "3600"}
    with BookplateServer(demo=True, database_url=database_url, env=near) as server:
        yield server


class Killer:
    """Kills the worker when a message has come and is not answered yet, so that nobody can have noted it."""

    def __init__(self, server: BookplateServer, every: int, most: int) -> None:
        self._server, self._every, self._most = server, every, most
        self._got, self._turn = 0, threading.Lock()
        self.killed = 0

    def reply(self, received: Received) -> Reply:
        with self._turn:
            self._got += 1
            if self._got % self._every == 0 and self.killed < self._most:
                self.killed += self._kill()
        return Reply()

    def _kill(self) -> bool:
        assert self._server.process
        for worker in children(self._server.process.pid):
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
                return True
        return False


def ids(receiver: Receiver) -> list[int]:
    """The numbers of the events, in the order in which they came."""
    return [int(json.loads(received.body)["id"]) for received in list(receiver.got)]


def wait_until(is_true: Callable[[], bool], words: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < until, words()
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("books", "kills"), [pytest.param(12, 2, id="twice"), pytest.param(300, 15, id="often", marks=pytest.mark.long)]
)
def test_each_is_delivered_whatever_becomes_of_the_worker(server: BookplateServer, books: int, kills: int) -> None:
    librarian = Visitor(server, "librarian")
    killer = Killer(server, every=3 * books // (kills + 1), most=kills)
    with ExitStack() as stack:
        receivers = [stack.enter_context(receiving()) for _ in range(3)]
        hooks = []
        for receiver in receivers:
            receiver.reply = killer.reply
            asked = {"address": receiver.url(), "kinds": ["book.added", "book.changed"]}
            hooks.append(librarian.post("/api/webhooks/", asked).json())
        for number in range(books):
            assert librarian.post("/api/books/", {"title": f"No. {number}"}).status_code == 201
        events = librarian.get(f"/api/events/?since={hooks[-1]['upto']}").json()
        wanted = [event["id"] for event in events if event["type"] == "book.added"]
        wait_until(lambda: all(set(ids(one)) >= set(wanted) for one in receivers), lambda: [*map(ids, receivers)])
        got = [ids(receiver) for receiver in receivers]
        names = [[received.headers["webhook-id"] for received in receiver.got] for receiver in receivers]

    assert (len(wanted), killer.killed) == (books, kills)
    assert [sorted(set(one)) for one in got] == [wanted] * 3
    # Again only what nobody had noted: nothing later had gone out before it, and it keeps its number.
    assert [sorted(one) for one in got] == got
    assert names == [[f"evt_{hook['id']}_{number}" for number in one] for hook, one in zip(hooks, got, strict=True)]
    assert kills <= sum(len(one) - books for one in got) <= 3 * kills
    for hook in hooks:
        wait_until(partial(_is_noted, librarian, hook["id"], set(wanted)), lambda: "not noted")


def _is_noted(librarian: Visitor, hook: int, events: set[int]) -> bool:
    told = librarian.get(f"/api/webhooks/{hook}/deliveries/?limit=500").json()
    return {delivery["event"] for delivery in told if delivery["state"] == "delivered"} == events
