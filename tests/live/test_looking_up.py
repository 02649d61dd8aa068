"""While sources keep people waiting, nobody else waits with them (G24)."""

import asyncio
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest
from stdnum import ean

from bookplate.catalog.metadata.lookups import SCOPE
from bookplate.live.looking_up import LookUps
from tests.servers import BookplateServer
from tests.upstream import DUNE, Upstream, open_library
from tests.visitors import Visitor

NUMBERS = [number + ean.calc_check_digit(number) for number in (f"97800000{n:04}" for n in range(40))]


@pytest.fixture
def silent() -> Iterator[Upstream]:
    with Upstream() as upstream:
        upstream.says_nothing()
        upstream.says(open_library(), path=f"/api/books?bibkeys=ISBN:{DUNE}", after=0.3)
        yield upstream


@pytest.fixture
def server(silent: Upstream, database_url: str | None, seconds: int) -> Iterator[BookplateServer]:
    told = {"DJANGO_SETTINGS_MODULE": "tests.upstream_settings", "TEST_UPSTREAM": silent.url, "BOOKPLATE_THREADS": "2"}
    told |= {"BOOKPLATE_METADATA": "openlibrary", "BOOKPLATE_METADATA_SECONDS": str(seconds)}
    with BookplateServer(demo=True, database_url=database_url, env=told) as server:
        yield server


def in_tiny_parts(request: BaseHTTPRequestHandler) -> None:
    _chunked(request, (b"1\r\n \r\n" * 10_000 for _ in range(100)))


def long_to_read(request: BaseHTTPRequestHandler) -> None:
    lists = b'{"a":[' + b"[]," * 320_000 + b"[]]}"
    _chunked(request, iter([b"%x\r\n%b\r\n0\r\n\r\n" % (len(lists), lists)]))


def _chunked(request: BaseHTTPRequestHandler, parts: Iterator[bytes]) -> None:
    request.protocol_version = "HTTP/1.1"
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    request.wfile.writelines(parts)


@pytest.mark.alone
@pytest.mark.parametrize(
    ("method", "act", "seconds"),
    [
        ("GET", None, 5),
        ("HEAD", None, 5),
        pytest.param("GET", in_tiny_parts, 2, marks=pytest.mark.long),
        pytest.param("GET", long_to_read, 2, marks=pytest.mark.long),
    ],
)
async def test_others_are_answered_at_once_while_many_look_ups_wait(
    server: BookplateServer, silent: Upstream, method: str, act: Callable[[BaseHTTPRequestHandler], None] | None
) -> None:
    """Two threads, forty who wait for a source that is silent or answers in a way that makes work."""
    headers = {"Authorization": Visitor(server, "alice").http.headers["Authorization"]}
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=30, limits=limits) as client:
        same = [asyncio.create_task(client.get(f"/api/metadata/{DUNE}/")) for _ in range(20)]
        told = [(answer.status_code, answer.json()["title"]) for answer in await asyncio.gather(*same)]
        if act:
            silent.does(act)
        waiting = [asyncio.create_task(client.request(method, f"/api/metadata/{number}/")) for number in NUMBERS]
        while len(silent.asked) < 4:
            await asyncio.sleep(0.01)
        taken = await _seconds(client, waiting)
        silent.over.set()  # who said nothing hangs up: how many are timed is not up to the machine
        answers = await asyncio.gather(*waiting)

    assert told == [(200, "Dune")] * 20
    assert len([path for path in silent.asked if DUNE in path]) == 1
    assert {answer.status_code for answer in answers} == {503}
    assert len(taken) >= 20
    assert sorted(taken)[int(len(taken) * 0.99) - 1] < 0.5


async def _seconds(client: httpx.AsyncClient, waiting: list[Any]) -> list[float]:
    """How long each of many other requests took, as long as all of `waiting` do."""
    taken: list[float] = []
    while len(taken) < 200 and not any(task.done() for task in waiting):
        begun = time.monotonic()
        answer = await client.get("/api/books/")
        taken.append(time.monotonic() - begun)
        assert answer.status_code == 200
    return taken


async def test_only_where_books_are_looked_up_a_request_may_wait() -> None:
    offers: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        offers.append(scope.get(SCOPE))
        await send({"type": "http.response.start", "status": 200})

    async def send(message: Any) -> None: ...

    app = LookUps(inner, ["/api/metadata/"])
    asked = [("GET", "/api/books/"), ("POST", "/api/metadata/1/"), ("GET", "/api/metadata/1/")]
    for method, path in [*asked, ("HEAD", "/api/metadata/1/")]:
        await app({"method": method, "path": path, "headers": []}, send, send)  # type: ignore[arg-type]

    assert [offer is not None for offer in offers] == [False, False, True, True]
