"""A contender as a running server."""

import json
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from typing import Any

from bench import memory
from bench.contenders import Contender
from bench.people import PASSWORD, READER
from bench.say import Problem
from bench.stores import Library
from tests.servers import ChildServer


class ContenderServer(ChildServer):
    start_seconds = 0.0
    """From the start of its process to its first answer, to within 50 ms."""

    def __init__(self, contender: Contender, library: Library, processes: int) -> None:
        super().__init__()
        self.contender, self.library, self.processes = contender, library, processes
        self.address = f"http://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        return self.contender.arguments(self.port, self.processes)

    def environment(self) -> Mapping[str, str]:
        return {**self.library.environment(), **self.contender.environment}

    def start(self) -> None:
        began = time.monotonic()
        super().start()
        self.start_seconds = time.monotonic() - began

    def is_ready(self) -> bool:
        try:
            return self.get(self.contender.ready)[0] == 200
        except (OSError, HTTPException):
            return False

    def get(self, path: str) -> tuple[int, bytes]:
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def json(self, path: str) -> Any:
        status, body = self.get(path)
        if status != 200:
            raise Problem(f"{self.contender.title} answered {path} with {status}: {body[:200]!r}")
        return json.loads(body)

    def token(self, name: str = READER) -> str:
        """Of somebody who signs in."""
        status, body = self._ask("POST", "/api/token/", json.dumps({"username": name, "password": PASSWORD}))
        if status != 200:
            raise Problem(f"{self.contender.title} let nobody sign in: {status} {body[:200]!r}")
        return str(json.loads(body)["access"])

    @property
    def pid(self) -> int:
        assert self.process  # noqa: S101  (there from `start` on)
        return self.process.pid

    def memory(self) -> dict[str, float]:
        return {"process_mb": memory.resident(self.pid), "together_mb": memory.together(self.pid)}
