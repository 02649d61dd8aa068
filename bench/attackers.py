"""Clients that ask too much of a server on this machine, each for a given time.

What becomes of them is told at the end.
"""

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http.client import HTTPConnection, HTTPException

GREEDY, SLOW, SLEEPERS = 20, 200, 2
PIPELINED = 50
GIGABYTE = 1_000_000_000
BLOCK = b"x" * 65_536

Attack = Callable[[int, float], str]


def nobody(port: int, seconds: float) -> str:
    time.sleep(seconds)
    return "for comparison"


def hung_readers(port: int, seconds: float) -> str:
    """They ask for many long answers and read none."""
    wanted = b"GET /api/books/?limit=500 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * PIPELINED
    with ExitStack() as open_ones:
        for _ in range(GREEDY):
            open_ones.enter_context(_connected(port)).sendall(wanted)
        time.sleep(seconds)
    return f"{GREEDY} clients asked for {PIPELINED} pages of 500 books each and never read"


def upload(port: int, seconds: float) -> str:
    told = f"Content-Length: {GIGABYTE}".encode()
    ends = [_upload(port, b"/api/books/", told), _upload(port, b"/imports/", b"Transfer-Encoding: chunked")]
    return f"with its length told: {ends[0]}; in chunks: {ends[1]}"


def _upload(port: int, path: bytes, length: bytes) -> str:
    """As many clients do it: everything is sent before the answer is looked at, until the line is cut."""
    block = b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK) if b"chunked" in length else BLOCK
    sent = 0
    with _connected(port, timeout=60) as client:
        client.sendall(b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n\r\n" % (path, length))
        with suppress(OSError):
            while sent < GIGABYTE:
                client.sendall(block)
                sent += len(BLOCK)
        return f"{_status(client)} after {sent // 1_000_000} MB"


def _status(client: socket.socket) -> str:
    with suppress(OSError):
        if words := client.recv(4096).split(b" ", 2)[1:2]:
            return words[0].decode()
    return "cut off"


def slow_clients(port: int, seconds: float) -> str:
    """Half of them dawdle over their headers, half over their body, a byte a second."""
    heads = [b"GET /api/books/ HTTP/1.1\r\nX-Slow: ", b"POST /api/token/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"]
    heads[1] += b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    with ExitStack() as open_ones:
        clients = [open_ones.enter_context(_connected(port)) for _ in range(SLOW)]
        for number, client in enumerate(clients):
            client.sendall(heads[number % 2])
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            _one_byte_each(clients)
            time.sleep(1)
    return f"{SLOW} clients sent a byte a second"


def _one_byte_each(clients: Iterable[socket.socket]) -> None:
    for client in clients:
        with suppress(OSError):
            client.sendall(b"x")


def sleepers(port: int, seconds: float) -> str:
    statuses = _ask_until(port, "/bench/sleep/", seconds, at_once=SLEEPERS)
    return f"{SLEEPERS} at once asked for a view that sleeps 10 s: {_told(statuses)}"


def breakers(port: int, seconds: float) -> str:
    return f"an exception in a middleware: {_told(_ask_until(port, '/bench/broken/', seconds, at_once=2))}"


def _ask_until(port: int, path: str, seconds: float, *, at_once: int) -> "Counter[int]":
    deadline = time.monotonic() + seconds

    def ask(_: int) -> "Counter[int]":
        seen: Counter[int] = Counter()
        while time.monotonic() < deadline:
            seen[_get(port, path)] += 1
            time.sleep(0.02)
        return seen

    with ThreadPoolExecutor(at_once) as clients:
        return sum(clients.map(ask, range(at_once)), Counter())


def _get(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def _told(statuses: "Counter[int]") -> str:
    words = (f"{count} × {status or 'cut off'}" for status, count in sorted(statuses.items()))
    return ", ".join(words) or "no answer"


def _connected(port: int, timeout: float = 10) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=timeout)
