"""One event to thousands of sockets, beside the bare library and stock Channels: `python -m bench.live [SOCKETS]`."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, cast

import httpx

from bench import memory
from bench.live.sockets import Crowd
from bench.say import say
from bench.stores import CACHE
from tests.servers import ROOT, BookplateServer, free_port

ROUNDS = 5
CHECKOUTS = 60
PASSWORD = "bookplate-demo"
EVENT = b'{"id":1234,"type":"book.added","at":"2026-11-24T16:00:00.000000+00:00","book":5678}'
LIMITS = {"BOOKPLATE_SOCKETS": "30000", "BOOKPLATE_SOCKETS_PER_USER": "30000", "BOOKPLATE_ACCESS_SECONDS": "3600"}


def main() -> None:
    # Where the demo of the tests' servers is made once.
    os.environ.setdefault("BOOKPLATE_DATA", str(CACHE / "live"))
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    found = {name: _other(name, number) for name in ("bare", "channels")}
    found["bookplate"] = _bookplate(number)
    for name, figures in found.items():
        say(f"{name:10} " + "  ".join(f"{what} {figure:.1f}" for what, figure in figures.items()))


def _other(name: str, number: int) -> dict[str, float]:
    with _contender(name) as (port, pid):

        async def measured() -> dict[str, float]:
            async with Crowd(port, number) as crowd:

                async def tell() -> None:
                    crowd.sockets[0].say(EVENT)

                return await _rounds(crowd, pid, tell)

        return asyncio.run(measured())


@contextmanager
def _contender(name: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "bench.live.contenders", name, str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        _wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(300):
        with suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/")
            return
        time.sleep(0.1)


def _bookplate(number: int) -> dict[str, float]:
    with BookplateServer(demo=True, env=LIMITS) as server:
        librarian, alice = _signed_in(server, "librarian"), _signed_in(server, "alice")
        token = alice.headers["Authorization"].removeprefix("Bearer ")
        first = json.dumps({"type": "authenticate", "token": token}).encode()

        process = cast("subprocess.Popen[bytes]", server.process)

        async def measured() -> dict[str, float]:
            async with Crowd(server.port, number, first) as crowd:

                async def tell() -> None:
                    await asyncio.to_thread(librarian.post, "/api/books/", json={"title": "Told to all"})

                figures = await _rounds(crowd, process.pid, tell)
            async with Crowd(server.port, 1, first) as one:
                return figures | await _checkouts(one, librarian)

        return asyncio.run(measured())


def _signed_in(server: BookplateServer, name: str) -> httpx.Client:
    client = httpx.Client(base_url=server.url, timeout=60)
    access = client.post("/api/token/", json={"username": name, "password": PASSWORD}).json()["access"]
    client.headers["Authorization"] = f"Bearer {access}"
    return client


async def _rounds(crowd: Crowd, pid: int, tell: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    """Milliseconds from the moment that somebody began to tell something, until each had heard it."""
    delays: list[float] = []
    spans: list[float] = []
    for number in range(1, ROUNDS + 1):
        await asyncio.sleep(0.3)
        began = time.time()
        telling = asyncio.ensure_future(tell())
        heard = await crowd.heard(number)
        await telling
        delays += [(at - began) * 1000 for at in heard]
        spans.append((max(heard) - min(heard)) * 1000)
    cuts = statistics.quantiles(delays, n=100)
    return {"p50": cuts[49], "p99": cuts[98], "first-to-last": statistics.median(spans), "MB": memory.resident(pid)}


async def _checkouts(one: Crowd, librarian: httpx.Client) -> dict[str, float]:
    """Milliseconds from the writing of the event, just before its commit, to its frame in somebody's socket."""
    copies = librarian.get("/api/copies/?state=in").json()
    copy = next(copy for copy in copies if copy["owner"] is None)
    for _ in range(CHECKOUTS // 2):
        lent = {"copy": copy["barcode"], "member": "M0005"}
        loan = (await asyncio.to_thread(librarian.post, "/api/loans/", json=lent)).json()
        await asyncio.to_thread(librarian.post, f"/api/loans/{loan['id']}/return/")
    await one.heard(CHECKOUTS)
    told = [(at, json.loads(text)) for at, text in one.sockets[0].frames]
    delays = [(at - datetime.fromisoformat(event["at"]).timestamp()) * 1000 for at, event in told]
    return {"checkout p50": statistics.median(delays), "checkout p99": statistics.quantiles(delays, n=100)[98]}


if __name__ == "__main__":
    main()
