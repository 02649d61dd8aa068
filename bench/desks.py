"""Desks at work: each lends copies of its own, one after the other, and takes each back, as fast as answers come.

wrk cannot do this, as one request depends on the answer to another; a bare socket costs nearly as little.
"""

import json
import re
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from statistics import quantiles
from threading import Thread
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from bench.load import Reading
from bench.people import DESK, PASSWORD
from bench.say import Problem

PATIENCE = 30.0
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
LOAN = re.compile(rb'"id":(\d+)')


@dataclass(frozen=True)
class Pair:
    """A copy that is in, and whoever borrows it."""

    barcode: str
    card: str
    copy: int
    book: int
    member: int


class Line:
    """A connection that is kept open."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    def close(self) -> None:
        self._socket.close()

    def post(self, path: str, body: str, expected: int) -> bytes:
        """The answer's body; raises `Problem` unless the status is the expected one."""
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self._headers}Content-Length: {len(body)}\r\n\r\n"
        self._socket.sendall((head + body).encode())
        head_read, answer = self._read()
        if int(head_read[9:12]) != expected:
            raise Problem(f"{path} was answered with {head_read[9:12].decode()}: {answer[:500].decode()}")
        return answer

    def _read(self) -> tuple[bytes, bytes]:
        read = self._more(b"")
        while b"\r\n\r\n" not in read:
            read = self._more(read)
        head, _, body = read.partition(b"\r\n\r\n")
        found = LENGTH.search(head)
        while len(body) < int(found[1] if found else 0):
            body = self._more(body)
        return head, body

    def _more(self, read: bytes) -> bytes:
        some = self._socket.recv(65536)
        if not some:
            raise Problem("The server closed the connection.")
        return read + some


@dataclass
class Desk:
    """One client: its times in seconds, by what it asked."""

    line: Line
    pairs: Sequence[Pair]
    lend: "Callable[[Desk, Pair], None]"
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    problem: Problem | None = None

    def work(self, until: float) -> None:
        try:
            for pair in self._again_and_again():
                self.lend(self, pair)
                if time.monotonic() > until:
                    break
        except Problem as problem:
            self.problem = problem

    def _again_and_again(self) -> Iterator[Pair]:
        while True:
            yield from self.pairs

    def timed(self, what: str, path: str, body: str, expected: int) -> bytes:
        began = time.perf_counter()
        answer = self.line.post(path, body, expected)
        self.times[what].append(time.perf_counter() - began)
        return answer


def over_the_api(desk: Desk, pair: Pair) -> None:
    wanted = json.dumps({"copy": pair.barcode, "member": pair.card})
    answer = desk.timed("checkout", "/api/loans/", wanted, 201)
    found = LOAN.search(answer)
    if found is None:
        raise Problem(f"No loan in {answer!r}.")
    desk.timed("return", f"/api/loans/{int(found[1])}/return/", "{}", 200)


def on_the_page(desk: Desk, pair: Pair) -> None:
    """Two scans at the page: a book for a chosen card, and the book again for nobody."""
    for what, card in (("lent", pair.card), ("returned", "")):
        answer = desk.timed("desk-page", "/desk/", urlencode({"entry": pair.barcode, "card": card}), 200)
        if b"afterbegin:#lines" not in answer:
            raise Problem(f"The desk's page has not {what} {pair.barcode}: {answer[:500].decode()}")


def token_headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def page_headers(address: str) -> dict[str, str]:
    """Of a browser in which the desk has signed in."""
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    browser.open(f"{address}/sign-in/").close()
    form = {"username": DESK, "password": PASSWORD, "csrfmiddlewaretoken": _cookies(jar)["csrftoken"]}
    browser.open(f"{address}/sign-in/", urlencode(form).encode()).close()
    cookies = _cookies(jar)
    told = "; ".join(f"{name}={value}" for name, value in cookies.items())
    kind = "application/x-www-form-urlencoded"
    return {"Cookie": told, "X-CSRFToken": cookies["csrftoken"], "HX-Request": "true", "Content-Type": kind}


def _cookies(jar: CookieJar) -> dict[str, str]:
    return {cookie.name: cookie.value or "" for cookie in jar}


@dataclass(frozen=True)
class Door:
    """How desks come in: over the API or by the page."""

    port: int
    headers: Mapping[str, str]
    lend: Callable[[Desk, Pair], None]


def work(door: Door, pairs: Sequence[Pair], desks: int, seconds: float) -> dict[str, Reading]:
    """What was read of each thing that was asked, and of all together ("lending")."""
    team = [Desk(Line(door.port, door.headers), pairs[place::desks], door.lend) for place in range(desks)]
    took = _run(team, seconds)
    times: dict[str, list[float]] = defaultdict(list)
    for desk in team:
        desk.line.close()
        if desk.problem:
            raise desk.problem
        for what, some in desk.times.items():
            times[what] += some
    times["lending"] = [one for some in times.values() for one in some]
    return {what: reading(some, took) for what, some in times.items()}


def _run(team: Sequence[Desk], seconds: float) -> float:
    began = time.monotonic()
    threads = [Thread(target=desk.work, args=[began + seconds]) for desk in team]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def reading(times: Sequence[float], took: float) -> Reading:
    cuts = quantiles(times, n=100)
    p50, p90, p99 = (cuts[number - 1] * 1000 for number in (50, 90, 99))
    return Reading(len(times) / took, p50, p90, p99, broken=0)
