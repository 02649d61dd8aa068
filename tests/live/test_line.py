"""What is told goes over the line at once, or in its order when a slow reader has caught up; what waits is bounded."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from bookplate.live.credentials import AccessToken, SignIn
from bookplate.live.hub import Listener, Run
from bookplate.live.protocol import MOST_WAITING, Protocol, frame, line_of
from bookplate.people.models import User

HANDSHAKE = (
    b"GET /ws/ HTTP/1.1\r\nHost: library\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
Send = Callable[[dict[str, object]], Coroutine[Any, Any, None]]
Acts = Callable[[Protocol, Send], Coroutine[Any, Any, None]]


class Reader(asyncio.Transport):
    """A client that reads nothing until it is told to: the server's end of its line."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None:
        self.closed = True


def of(acts: Acts) -> bytes:
    """What is written to somebody while the application `acts`."""

    async def run() -> bytes:
        async def application(scope: Any, receive: Any, send: Send) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            reader.written = b""
            acted.append(asyncio.create_task(acts(line_of(scope), send)))
            await asyncio.wait(acted)

        config = uvicorn.Config(application, ws_per_message_deflate=False, lifespan="off", log_config=None)
        config.load()
        reader, state, acted = Reader(), ServerState(), list[asyncio.Task[None]]()
        line = Protocol(config, state, {})
        line.connection_made(reader)
        line.data_received(HANDSHAKE)
        await asyncio.gather(*state.tasks)
        line.stop_keepalive()
        acted[0].result()  # the server would only log what went wrong
        return reader.written

    return asyncio.run(run())


def test_who_keeps_up_is_told_at_once() -> None:
    async def acts(line: Protocol, send: Send) -> None:
        line.tell(frame("one") + frame("two"), 2)
        await send({"type": "websocket.send", "text": "pong"})
        line.tell(frame("é" * 100))

    assert of(acts) == b"\x81\x03one\x81\x03two\x81\x04pong" + b"\x81\x7e\x00\xc8" + "é".encode() * 100


def test_who_is_slow_is_told_in_the_same_order() -> None:
    async def acts(line: Protocol, send: Send) -> None:
        line.pause_writing()
        line.tell(frame("one"))
        pong = asyncio.create_task(send({"type": "websocket.send", "text": "pong"}))
        await asyncio.sleep(0)
        line.tell(frame("two"))
        line.resume_writing()
        line.tell(frame("three"))
        await pong

    assert of(acts) == b"\x81\x03one\x81\x03two\x81\x05three\x81\x04pong"


def test_so_many_wait_and_no_more() -> None:
    async def acts(line: Protocol, send: Send) -> None:
        line.pause_writing()
        taken = [line.tell(frame("x"), MOST_WAITING - 1), line.tell(frame("yz"), 2), line.tell(frame("z"))]
        line.resume_writing()
        line.pause_writing()
        assert [*taken, line.tell(frame("w"), MOST_WAITING)] == [True, False, True, True]

    assert of(acts) == b"\x81\x01x\x81\x01z"


@pytest.mark.parametrize(("upto", "told"), [(0, "123"), (1, "23"), (2, "3"), (3, "")])
def test_what_a_socket_has_read_by_itself_is_not_told_again(upto: int, told: str) -> None:
    async def acts(line: Protocol, send: Send) -> None:
        alice = SignIn(1, User(username="alice"), "", 0.0)
        listener = Listener(AccessToken(""), alice, upto, line, asyncio.timeout(None))
        listener.tell(Run([(number, frame(str(number))) for number in (1, 2, 3)]))
        assert listener.upto == 3

    assert of(acts) == b"".join(frame(number) for number in told)


def test_who_has_left_meanwhile_may_be_ended_by_a_check_that_was_under_way() -> None:
    """It would end that check, and the sign-ins of all others would not be looked at."""

    async def acts(line: Protocol, send: Send) -> None:
        async with asyncio.timeout(None) as end:
            listener = Listener(AccessToken(""), SignIn(1, User(username="alice"), "", 0.0), 0, line, end)
        listener.end(4401)
        assert listener.code == 4401

    assert of(acts) == b""


def test_what_is_taken_back_is_not_told() -> None:
    async def acts(line: Protocol, send: Send) -> None:
        line.pause_writing()
        line.tell(frame("secret"))
        line.take_back()
        line.resume_writing()

    assert of(acts) == b""


def test_nothing_comes_after_the_end() -> None:
    async def acts(line: Protocol, send: Send) -> None:
        await send({"type": "websocket.close", "code": 4401})
        line.tell(frame("secret"))

    assert of(acts) == b"\x88\x02\x11\x31"


def test_nothing_is_told_to_who_has_gone() -> None:
    async def acts(line: Protocol, send: Send) -> None:
        line.pause_writing()
        line.tell(frame("one"))
        line.transport.close()
        line.connection_lost(None)
        line.tell(frame("two"))
        with pytest.raises(OSError):
            await line.told()

    assert of(acts) == b""


def test_another_server_is_told_what_to_do() -> None:
    with pytest.raises(TypeError, match="start it with `bookplate serve`"):
        line_of({"type": "websocket", "state": {}})
