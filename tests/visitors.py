"""People who use a running server: over HTTP with httpx, over the socket with websockets."""

import json
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.cast import PASSWORD
from tests.servers import BookplateServer

PATIENCE = 10.0


class Visitor:
    """Somebody signed in to a server's API."""

    def __init__(self, server: BookplateServer, name: str, password: str = PASSWORD) -> None:
        self.server = server
        self.http = httpx.Client(base_url=server.url, timeout=30)
        answer = self.http.post("/api/token/", json={"username": name, "password": password})
        assert answer.status_code == 200, answer.text
        self.access, self.refresh = answer.json()["access"], answer.json()["refresh"]
        self.http.headers["Authorization"] = f"Bearer {self.access}"

    def post(self, address: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.http.post(address, json=body or {}, headers=headers)

    def get(self, address: str) -> httpx.Response:
        return self.http.get(address)

    def socket(self, since: int | None = None) -> "Socket":
        """A socket that has authenticated and got its `ready`."""
        socket = Socket(self.server)
        first = {"type": "authenticate", "token": self.access}
        socket.send(first if since is None else first | {"since": since})
        socket.ready = socket.next()
        assert socket.ready["type"] == "ready", socket.ready
        return socket


class Socket:
    ready: dict[str, Any]

    def __init__(self, server: BookplateServer, **options: Any) -> None:
        self.connection: ClientConnection = connect(server.ws_url, legacy=True, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.connection.close()

    def send(self, frame: Any) -> None:
        self.connection.send(frame if isinstance(frame, (str, bytes)) else json.dumps(frame))

    def next(self, seconds: float = PATIENCE) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.connection.recv(timeout=seconds))
        return frame

    def until(self, type: str) -> list[dict[str, Any]]:
        """The frames up to the first of this type, it included."""
        frames = [self.next()]
        while frames[-1]["type"] != type:
            frames.append(self.next())
        return frames

    def close_code(self, seconds: float = PATIENCE) -> int | None:
        """The code that the server closes with; frames before it are passed over."""
        try:
            while True:
                self.connection.recv(timeout=seconds)
        except ConnectionClosed:
            return self.connection.close_code
