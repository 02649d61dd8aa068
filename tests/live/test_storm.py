"""Everything fails in turn while people work: each client ends with what it may see, in order, once (G27, G35).

Four processes on PostgreSQL and Redis, one on SQLite. Each client keeps its own account: by a socket that comes again
with `since` whenever the line breaks, or by asking.
"""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest
from websockets.exceptions import WebSocketException

from tests.servers import BookplateServer, RedisServer
from tests.visitors import Visitor

BROKEN = (OSError, EOFError, WebSocketException, httpx.HTTPError)
LASTING = {"BOOKPLATE_ACCESS_SECONDS": "3600"}


@dataclass
class Library:
    servers: list[BookplateServer]
    redis: RedisServer | None
    chance: random.Random = field(default_factory=lambda: random.Random(35))

    def stop_redis(self, seconds: float) -> None:
        assert self.redis
        self.redis.stop()
        time.sleep(seconds)
        self.redis.start()

    def freeze_redis(self, seconds: float) -> None:
        with frozen(self.redis):
            time.sleep(seconds)

    def kill_a_server(self, seconds: float) -> None:
        server = self.chance.choice(self.servers)
        server.kill()
        time.sleep(seconds)
        server.start()

    def restart_a_server(self, seconds: float) -> None:
        server = self.chance.choice(self.servers)
        server.stop()
        time.sleep(seconds)
        server.start()

    def kill_a_server_while_redis_is_frozen(self, seconds: float) -> None:
        with frozen(self.redis):
            self.kill_a_server(seconds)

    @property
    def faults(self) -> list[Callable[[float], None]]:
        """The worst first."""
        of_redis = [self.kill_a_server_while_redis_is_frozen, self.stop_redis, self.freeze_redis]
        return [*(of_redis if self.redis else []), self.kill_a_server, self.restart_a_server]


@contextmanager
def frozen(redis: RedisServer | None) -> Iterator[None]:
    assert redis and redis.process
    redis.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        redis.process.send_signal(signal.SIGCONT)


@pytest.fixture
def library(database_url: str | None) -> Iterator[Library]:
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer()) if database_url else None
        shared: dict[str, Any] = {"database_url": database_url, "demo": True, "env": LASTING}
        shared["redis_url"] = redis.url if redis else None
        first = stack.enter_context(BookplateServer(**shared))
        others = [BookplateServer(data=first.data, **shared) for _ in range(3 if redis else 0)]
        with ThreadPoolExecutor() as pool:
            yield Library([first, *pool.map(stack.enter_context, others)], redis)


class Person(threading.Thread):
    """Somebody at one of the servers, who does one thing again and again until it is over."""

    def __init__(self, server: BookplateServer, name: str) -> None:
        super().__init__(daemon=True)
        self.visitor, self.over = Visitor(server, name), threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            with suppress(*BROKEN):
                self.act()
            time.sleep(0.05)

    def act(self) -> None:
        raise NotImplementedError

    def done(self) -> None:
        self.over.set()
        self.join()


class Hand(Person):
    """Works all the time, and remembers each answer: no fault may show but a line that breaks."""

    def __init__(self, server: BookplateServer, name: str, *acts: Callable[[Visitor], httpx.Response]) -> None:
        super().__init__(server, name)
        self.acts, self.answers = acts, list[httpx.Response]()

    def act(self) -> None:
        for one in self.acts:
            self.answers.append(one(self.visitor))


class Ear(Person):
    """Hears by a socket, and comes again after what it has heard last."""

    def __init__(self, server: BookplateServer, name: str) -> None:
        super().__init__(server, name)
        with self.visitor.socket() as socket:
            self.begun = self.last = int(socket.ready["last"])
        self.heard: list[dict[str, Any]] = []
        self.lines = 0

    def act(self) -> None:
        with self.visitor.socket(since=self.last) as socket:
            self.lines += 1
            while not self.over.is_set():
                with suppress(TimeoutError):
                    self.hear([socket.next(0.5)])

    def hear(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self.heard.append(event)
            self.last = event["id"]


class Asker(Ear):
    """Hears by long polls."""

    def act(self) -> None:
        answer = self.visitor.get(f"/api/events/?since={self.last}&wait=2")
        if answer.status_code == 200:
            self.hear(answer.json())
            self.last = int(answer.headers["Last-Event"])


def add_book(visitor: Visitor) -> httpx.Response:
    return visitor.post("/api/books/", {"title": "For all"})


def add_member(visitor: Visitor) -> httpx.Response:
    return visitor.post("/api/members/", {"firstname": "For the desk"})


def add_own_copy(visitor: Visitor, book: int) -> httpx.Response:
    return visitor.post("/api/copies/", {"book": book, "visibility": "owner"})


def everything(visitor: Visitor, since: int) -> list[dict[str, Any]]:
    """What the library says afterwards that they may see."""
    told: list[dict[str, Any]] = []
    while events := visitor.get(f"/api/events/?since={since}").json():
        told += events
        since = events[-1]["id"]
    return told


def wait_for(ears: list[Ear], told: list[list[dict[str, Any]]]) -> None:
    until = time.monotonic() + 60
    while any(ear.last < events[-1]["id"] for ear, events in zip(ears, told, strict=True)):
        assert time.monotonic() < until, [(ear.last, events[-1]["id"]) for ear, events in zip(ears, told, strict=True)]
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("rounds", "most", "seconds"),
    [pytest.param(1, 2, 0.2, id="once"), pytest.param(15, 5, 4.0, id="for-long", marks=pytest.mark.long)],
)
def test_each_client_ends_with_what_it_may_see_in_order_and_once(
    library: Library, rounds: int, most: int, seconds: float
) -> None:
    place = [library.servers[number % len(library.servers)] for number in range(4)]
    ears = [Ear(place[0], "alice"), Ear(place[1], "bob"), Ear(place[2], "assistant"), Asker(place[3], "carol")]
    book = ears[1].visitor.get("/api/books/?limit=1").json()[0]["id"]
    hands = [
        Hand(place[0], "librarian", add_book, add_member),
        Hand(place[1], "bob", partial(add_own_copy, book=book)),
        Hand(place[3], "librarian", add_book),
    ]
    for person in [*ears, *hands]:
        person.start()
    faults = library.faults[:most]
    for _ in range(rounds):
        for fault in library.chance.sample(faults, len(faults)):
            fault(seconds * library.chance.random())
            time.sleep(0.3)
    for hand in hands:
        hand.done()
    told = [everything(ear.visitor, ear.begun) for ear in ears]
    wait_for(ears, told)
    for ear in ears:
        ear.done()

    assert [ear.heard for ear in ears] == told
    assert {answer.status_code for hand in hands for answer in hand.answers} == {201}
    added = [
        answer.json()["id"] for hand in (hands[0], hands[2]) for answer in hand.answers if "title" in answer.json()
    ]
    assert set(added) <= {event["book"] for event in told[0] if event["type"] == "book.added"}
    assert sum(ear.lines for ear in ears[:3]) > 3
