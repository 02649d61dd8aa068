"""A line to a server that can be cut, or lets no WebSocket through: Chromium's own "offline" leaves those open."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class Line:
    """`with Line(port) as line`: what connects to `line.port` reaches the server at `port`, while it is not cut."""

    def __init__(self, port: int, *, sockets: bool = True) -> None:
        self._to, self._lets_sockets_through = port, sockets
        self._whole = True
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._door.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._receive, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.cut()

    def cut(self) -> None:
        with self._lock:
            self._whole = False
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def mend(self) -> None:
        with self._lock:
            self._whole = True

    def _receive(self) -> None:
        with suppress(OSError):  # the door is closed
            while True:
                near, _ = self._door.accept()
                threading.Thread(target=self._join, args=[near], daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        with suppress(OSError), near, socket.create_connection(("127.0.0.1", self._to)) as far:
            if not self._add(near, far) or not self._may_pass(near):
                return
            back = threading.Thread(target=_pass_on, args=[far, near], daemon=True)
            back.start()
            _pass_on(near, far)
            back.join()

    def _add(self, *ends: socket.socket) -> bool:
        with self._lock:
            if self._whole:
                self._open.update(ends)
            return self._whole

    def _may_pass(self, near: socket.socket) -> bool:
        return self._lets_sockets_through or not near.recv(64, socket.MSG_PEEK).startswith(b"GET /ws/")


def _pass_on(this: socket.socket, that: socket.socket) -> None:
    with suppress(OSError):
        while some := this.recv(65536):
            that.sendall(some)
    for end in (this, that):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
