"""Many sockets that cost little: the least of RFC 6455 that a client needs, so that the server is what is measured."""

import asyncio
import os
import struct
import time
from collections import deque
from typing import Self, cast

HANDSHAKE = (
    "GET /ws/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
WHOLE_TEXT = 128 + TEXT
LAST = 100


class Socket(asyncio.Protocol):
    def __init__(self, port: int, first: bytes | None) -> None:
        self._port, self._first = port, first
        self._buffer, self._open = b"", False
        self.number = 0
        self.frames: deque[tuple[float, bytes]] = deque(maxlen=LAST)
        """The last of them; all of ten minutes would fill the memory."""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(HANDSHAKE.format(port=self._port).encode())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("The server closed the socket."))

    def data_received(self, data: bytes) -> None:
        now = time.time()
        if self._open and not self._buffer and data[0] == WHOLE_TEXT and len(data) == data[1] + 2 and self.ready.done():
            self._hear(now, data[2:])  # as nearly always
            return
        self._buffer += data
        if not self._open:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if b" 101 " not in head.partition(b"\r\n")[0]:
                raise ConnectionError(head.decode("latin-1"))
            self._opened()
        while frame := self._frame():
            self._take(now, *frame)

    def _opened(self) -> None:
        self._open = True
        if self._first is None:
            self.ready.set_result(None)
        else:
            self.say(self._first)

    def _frame(self) -> tuple[int, bytes] | None:
        if len(self._buffer) < 4:
            return None if len(self._buffer) < 2 or self._buffer[1] else self._cut(2, 0)
        length, begin = self._buffer[1], 2
        if length == 126:
            length, begin = struct.unpack("!H", self._buffer[2:4])[0], 4
        return self._cut(begin, length) if len(self._buffer) >= begin + length else None

    def _cut(self, begin: int, length: int) -> tuple[int, bytes]:
        opcode, content = self._buffer[0] & 15, self._buffer[begin : begin + length]
        self._buffer = self._buffer[begin + length :]
        return opcode, content

    def _take(self, now: float, opcode: int, content: bytes) -> None:
        if opcode == PING:
            self.say(content, PONG)
        elif opcode == TEXT and not self.ready.done():
            self.ready.set_result(None)
        elif opcode == TEXT:
            self._hear(now, content)

    def _hear(self, now: float, content: bytes) -> None:
        self.number += 1
        self.frames.append((now, content))

    def say(self, content: bytes, opcode: int = TEXT) -> None:
        mask = os.urandom(4)
        size = bytes([128 + len(content)]) if len(content) < 126 else b"\xfe" + struct.pack("!H", len(content))
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(content))
        self.transport.write(bytes([128 + opcode]) + size + mask + masked)


class Crowd:
    """`number` sockets at one port; `first` is what each says when it is open, and is answered."""

    def __init__(self, port: int, number: int, first: bytes | None = None) -> None:
        self._port, self._number, self._first = port, number, first
        self.sockets: list[Socket] = []

    async def __aenter__(self) -> Self:
        while len(self.sockets) < self._number:
            some = [self._one() for _ in range(min(50, self._number - len(self.sockets)))]
            self.sockets += await asyncio.gather(*some)
        return self

    async def __aexit__(self, *error: object) -> None:
        for socket in self.sockets:
            socket.transport.abort()

    async def _one(self) -> Socket:
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(lambda: Socket(self._port, self._first), "127.0.0.1", self._port)
        await socket.ready
        return socket

    async def heard(self, number: int, seconds: float = 30) -> list[float]:
        """When each of them had its frame `number` (from 1)."""
        async with asyncio.timeout(seconds):
            while any(socket.number < number for socket in self.sockets):
                await asyncio.sleep(0.02)
        return [socket.frames[number - 1 - socket.number][0] for socket in self.sockets]
