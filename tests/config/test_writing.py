"""How answers are written to the socket: a small ASGI application behind uvicorn with our protocol."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, cast

import pytest
import uvicorn

from bookplate.config.writing import Gathering, OnePiece

ASK = b"GET %s HTTP/1.1\r\nHost: here\r\n\r\n"
go_on = asyncio.Event()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """`/waits` lets its body wait; `/asked` reads the request's first."""
    if scope["path"] == "/asked":
        await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    if scope["path"] == "/waits":
        await go_on.wait()
    await send({"type": "http.response.body", "body": b"body"})


class Line:
    """A connection of which each piece is seen as it arrives."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setblocking(False)

    async def ask(self, request: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, request)

    async def piece(self) -> bytes:
        async with asyncio.timeout(10):
            return await asyncio.get_running_loop().sock_recv(self._socket, 65536)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    go_on.clear()
    config = uvicorn.Config(application, http=OnePiece, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve([listener]))
    line = Line(listener.getsockname()[1])
    yield line
    line.close()
    go_on.set()
    server.should_exit = True
    with suppress(KeyboardInterrupt):
        await serving


async def test_head_and_body_are_one_piece(line: Line) -> None:
    for _ in range(50):
        await line.ask(ASK % b"/")
        piece = await line.piece()
        assert piece.startswith(b"HTTP/1.1 200")
        assert piece.endswith(b"\r\n\r\nbody")


async def test_a_head_does_not_wait_for_a_body_that_comes_later(line: Line) -> None:
    await line.ask(ASK % b"/waits")
    head = await line.piece()
    go_on.set()

    assert (head[-4:], await line.piece()) == (b"\r\n\r\n", b"body")


async def test_two_requests_at_once_are_answered_in_turn(line: Line) -> None:
    await line.ask(ASK % b"/" + ASK % b"/")
    found = b""
    while found.count(b"body") < 2:
        found += await line.piece()

    assert found.count(b"HTTP/1.1 200") == 2
    assert found.endswith(b"body")


async def test_what_is_written_last_arrives_before_the_end(line: Line) -> None:
    await line.ask(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    found = b""
    while piece := await line.piece():
        found += piece

    assert found.endswith(b"\r\n\r\nbody")


async def test_a_client_is_told_to_go_on(line: Line) -> None:
    """Nothing follows that, until the client has sent its body."""
    await line.ask(b"POST /asked HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
    told = await line.piece()
    await line.ask(b"x")

    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (await line.piece()).endswith(b"body")


class Closed:
    """A line as uvloop has it once its client has left: to write to it is a fault."""

    def is_closing(self) -> bool:
        return True

    def write(self, data: bytes) -> None:
        raise RuntimeError("the handler is closed")


async def test_what_waits_for_whoever_has_left_is_dropped() -> None:
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.append(context))
    Gathering(cast(asyncio.Transport, Closed())).write(b"head")
    await asyncio.sleep(0)

    assert faults == []
