"""Redis stops, freezes and comes back, a server dies: each hears what they may, in order, once (G27, G35)."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.servers import BookplateServer, RedisServer
from tests.visitors import Visitor

# What a desk or an office may wait for an answer while a machine is as busy as it is in tests.
AT_ONCE = 1.5


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """One of the test's own, as it is stopped."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def pair(redis: RedisServer, database_url: str | None) -> Iterator[list[BookplateServer]]:
    with ExitStack() as stack:
        shared = {"database_url": database_url, "redis_url": redis.url, "demo": True}
        first = stack.enter_context(BookplateServer(**shared))  # type: ignore[arg-type]
        yield [first, stack.enter_context(BookplateServer(data=first.data, **shared))]  # type: ignore[arg-type]


class Ear:
    """Somebody at one of the servers, who comes again with `since` whenever the line breaks."""

    def __init__(self, server: BookplateServer, name: str) -> None:
        self.visitor = Visitor(server, name)
        self.socket = self.visitor.socket()
        self.begun = self.last = self.socket.ready["last"]
        self.heard: list[dict[str, Any]] = []

    def hear(self, number: int) -> None:
        for _ in range(number):
            self.heard.append(self.socket.next())
            self.last = self.heard[-1]["id"]

    def come_again(self) -> None:
        self.socket = self.visitor.socket(since=self.last)


def test_each_hears_everything_once_whatever_becomes_of_redis(pair: list[BookplateServer], redis: RedisServer) -> None:
    librarian = Visitor(pair[0], "librarian")
    ears = [Ear(pair[0], "alice"), Ear(pair[1], "bob"), Ear(pair[1], "assistant")]
    assert redis.process

    def act() -> None:
        began = time.monotonic()
        librarian.post("/api/books/", {"title": "For all"})
        librarian.post("/api/members/", {"firstname": "For the desk"})
        assert time.monotonic() - began < AT_ONCE * 2
        for ear, number in zip(ears, (1, 1, 2), strict=True):
            ear.hear(number)

    act()
    redis.stop()
    act()
    redis.start()
    act()
    redis.process.send_signal(signal.SIGSTOP)
    act()
    redis.process.send_signal(signal.SIGCONT)
    act()
    pair[1].kill()
    librarian.post("/api/books/", {"title": "Meanwhile"})
    pair[1].start()
    for ear in ears[1:]:
        ear.come_again()
    for ear in ears:
        ear.hear(1)
    act()

    told = [ear.visitor.get(f"/api/events/?since={ear.begun}").json() for ear in ears]
    assert [ear.heard for ear in ears] == told
    assert [len(events) for events in told] == [7, 7, 13]
