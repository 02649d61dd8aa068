"""What uvicorn's WebSocket does not limit by itself: parts of one message, and control frames."""

import time
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

TOO_BIG, TOO_MUCH = 1009, 4429
# A frame of 64 KiB may come in many parts, each of which costs more than it says.
MOST_PARTS = 1000
MOST_PINGS_A_SECOND = 100


class Protocol(WebSocketsSansIOProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._since, self._pings = 0.0, 0

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
