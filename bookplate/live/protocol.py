"""What uvicorn's WebSocket does not do by itself: limit the parts of one message and control frames, and write what is
told to thousands without encoding it anew for each.
"""

import time
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State

# Where the ASGI application finds the protocol, in the scope's state.
LINE = "bookplate.line"

TOO_BIG, TOO_MUCH = 1009, 4429
# A frame of 64 KiB may come in many parts, each of which costs more than it says.
MOST_PARTS = 1000
MOST_PINGS_A_SECOND = 100
# So many frames wait for a slow reader, beside what the system holds; then it has to come again with `since`.
MOST_WAITING = 1000


def line_of(scope: dict[str, Any]) -> "Protocol":
    """What the socket of this ASGI scope goes over."""
    line = scope.get("state", {}).get(LINE)
    if not isinstance(line, Protocol):
        raise TypeError("Sockets are for Bookplate's own server: start it with `bookplate serve`.")
    return line


def frame(text: str) -> bytes:
    """A message as it goes over the line."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class Protocol(WebSocketsSansIOProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._since, self._pings = 0.0, 0
        self._waiting: list[bytes] = []
        self._number_waiting = 0

    async def run_asgi(self) -> None:
        self.scope["state"][LINE] = self
        await super().run_asgi()

    def tell(self, frames: bytes, number: int = 1) -> bool:
        """Write so many frames, now or when the reader has caught up; not when too many wait for that already."""
        if self.writable.is_set():
            self._write(frames)
        elif self._number_waiting + number > MOST_WAITING:
            return False
        else:
            self._waiting.append(frames)
            self._number_waiting += number
        return True

    async def told(self) -> None:
        """Wait until the reader has caught up; raises `ClientDisconnected`, an `OSError`, when it is gone."""
        await self.writable.wait()
        if self.disconnected:
            raise ClientDisconnected

    def resume_writing(self) -> None:
        # First of all what was told first: whoever waits for the line goes on only after this.
        super().resume_writing()
        self._write(b"".join(self.take_back()))

    def take_back(self) -> list[bytes]:
        """What waits, which is not written then."""
        waiting, self._waiting, self._number_waiting = self._waiting, [], 0
        return waiting

    def _write(self, frames: bytes) -> None:
        if self.conn.state is State.OPEN and not self.transport.is_closing():
            self.transport.write(frames)

    def handle_cont(self, event: Frame) -> None:
        if self.close_sent:
            return
        super().handle_cont(event)
        if len(self.frames) >= MOST_PARTS:
            self._fail(TOO_BIG, "too many parts")

    def handle_ping(self) -> None:
        if self.close_sent:
            return
        now = time.monotonic()
        if now - self._since >= 1:
            self._since, self._pings = now, 0
        self._pings += 1
        if self._pings > MOST_PINGS_A_SECOND:
            self._fail(TOO_MUCH, "too many pings")
        else:
            super().handle_ping()

    def _fail(self, code: int, reason: str) -> None:
        self.frames = []
        self.conn.fail(code, reason)
        self.handle_parser_exception()
