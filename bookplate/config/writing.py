"""How an answer is written: uvicorn writes its head and then its body, and each wakes who reads it.

Under load the first of the two costs more than the whole body, for the reader takes the processor at once.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Gathering:
    """A transport that keeps what it is given until it is given more, or until the loop has come round."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._loop = asyncio.get_running_loop()
        self._kept = b""

    def write(self, data: bytes) -> None:
        if self._kept:
            data, self._kept = self._kept + data, b""
            self.transport.write(data)
        else:
            self._kept = data
            self._loop.call_soon(self._flush)

    def close(self) -> None:
        self._flush()
        self.transport.close()

    def _flush(self) -> None:
        data, self._kept = self._kept, b""
        # Whoever asked may have left meanwhile.
        if data and not self.transport.is_closing():
            self.transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


class OnePiece(HttpToolsProtocol):
    """HTTP/1.1, as uvicorn speaks it, with an answer's head and the beginning of its body written together."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, Gathering(transport)))

    def handle_websocket_upgrade(self) -> None:
        self.transport = cast(Gathering, self.transport).transport
        super().handle_websocket_upgrade()
