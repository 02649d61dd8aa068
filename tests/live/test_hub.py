"""What keeps many sockets and long polls from harming each other (G28), against a real server."""

import socket as sockets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest
from websockets.frames import Frame, Opcode

from tests.servers import BookplateServer
from tests.visitors import Socket, Visitor


@pytest.fixture(scope="module")
def server(database_url_of_module: str | None) -> Iterator[BookplateServer]:
    settings = {"BOOKPLATE_SOCKETS_PER_USER": "3"}
    with BookplateServer(demo=True, database_url=database_url_of_module, env=settings) as server:
        yield server


def raw(socket: Socket) -> sockets.socket:
    return socket.connection.socket


def test_a_persons_fourth_socket_is_closed_and_the_others_live(alice: Visitor, librarian: Visitor) -> None:
    with alice.socket() as first, alice.socket(), alice.socket():
        with alice.socket() as fourth:
            assert fourth.close_code() == 4429
        librarian.post("/api/books/", {"title": "Heard"})
        assert first.next()["type"] == "book.added"
    with alice.socket() as again:
        librarian.post("/api/books/", {"title": "Heard again"})
        assert again.next()["type"] == "book.added"


def test_a_thousand_frames_a_second_close_that_socket(alice: Visitor) -> None:
    with alice.socket() as socket:
        with suppress(OSError):  # it is closed before all of them are sent
            for _ in range(1000):
                raw(socket).sendall(Frame(Opcode.TEXT, b"{}").serialize(mask=True))
        assert socket.close_code() == 4429


def test_a_thousand_pings_a_second_close_that_socket(alice: Visitor) -> None:
    with alice.socket() as socket:
        with suppress(OSError):
            raw(socket).sendall(Frame(Opcode.PING, b"").serialize(mask=True) * 1000)
        assert socket.close_code() == 4429


def test_fifty_thousand_fragments_close_that_socket_and_nobody_notices(alice: Visitor, librarian: Visitor) -> None:
    part = Frame(Opcode.CONT, b"", fin=False).serialize(mask=True)
    with librarian.socket() as other, Socket(alice.server) as socket:
        with suppress(OSError):  # it is closed before all of them are sent
            raw(socket).sendall(Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True) + part * 50_000)
        assert socket.close_code() == 1009
        librarian.post("/api/books/", {"title": "Still here"})
        assert other.next()["type"] == "book.added"


def test_a_long_poll_is_answered_when_something_happens(alice: Visitor, librarian: Visitor) -> None:
    last = latest(alice)
    late = threading.Timer(0.5, librarian.post, ["/api/books/", {"title": "Polled"}])
    late.start()
    began = time.monotonic()
    told = alice.get(f"/api/events/?since={last}&wait=20").json()

    assert [event["type"] for event in told] == ["book.added"]
    assert 0.3 < time.monotonic() - began < 10


def test_a_long_poll_ends_empty(alice: Visitor) -> None:
    began = time.monotonic()
    answer = alice.get(f"/api/events/?since={latest(alice)}&wait=1")

    assert (answer.status_code, answer.json()) == (200, [])
    assert 0.9 < time.monotonic() - began < 10


def test_a_long_poll_is_not_answered_after_the_sign_out(alice: Visitor) -> None:
    last = latest(alice)
    late = threading.Timer(0.3, alice.http.post, ["/api/token/revoke/"])
    late.start()

    assert alice.http.get(f"/api/events/?since={last}&wait=2").status_code == 401


def test_a_long_poll_waits_for_nobody_who_may_not_ask(alice: Visitor, server: BookplateServer) -> None:
    began = time.monotonic()
    alice.http.headers.pop("Authorization")
    statuses = [alice.get(f"/api/events/?wait={wait}").status_code for wait in ("20", "31", "x")]

    assert statuses == [401, 401, 401]
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("wait", ["31", "-1", "x"])
def test_a_bad_wait_is_refused(alice: Visitor, wait: str) -> None:
    answer = alice.get(f"/api/events/?wait={wait}")

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["wait"])


def test_two_hundred_long_polls_take_no_thread_from_others(alice: Visitor, librarian: Visitor) -> None:
    """More than a process has threads (32)."""
    last, headers = latest(alice), {"Authorization": f"Bearer {alice.access}"}
    many = httpx.Client(
        base_url=alice.server.url, headers=headers, timeout=30, limits=httpx.Limits(max_connections=None)
    )
    with many, ThreadPoolExecutor(200) as pool:
        polls = [pool.submit(many.get, f"/api/events/?since={last}&wait=25") for _ in range(200)]
        time.sleep(1)
        statuses = {librarian.get("/api/books/?limit=1").status_code for _ in range(20)}
        waiting = sum(not poll.done() for poll in polls)
        librarian.post("/api/books/", {"title": "For all"})
        told = {tuple(event["type"] for event in poll.result().json()) for poll in polls}

    assert (statuses, waiting, told) == ({200}, 200, {("book.added",)})


def latest(visitor: Visitor) -> int:
    with visitor.socket() as socket:
        return int(socket.ready["last"])
