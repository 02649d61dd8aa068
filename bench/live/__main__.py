"""One event to thousands of sockets, beside the bare library and stock Channels; a checkout's way to another browser;
and what hours of it do to the memory.

`python -m bench.live [SOCKETS] [--only PART …] [--minutes M]`: with minutes only the last is
measured, with 10 events a second.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import httpx
import uvloop

from bench import memory
from bench.live.sockets import Crowd
from bench.say import say
from bench.stores import CACHE
from tests.databases import on_the_server, server_of
from tests.servers import ROOT, BookplateServer, PostgresServer, RedisServer, free_port

ROUNDS = 5
CHECKOUTS = 60
EVENTS_A_SECOND = 10
PARTS = ["bare", "channels", "bookplate", "processes"]
PASSWORD = "bookplate-demo"
EVENT = b'{"id":1234,"type":"book.added","at":"2026-11-24T16:00:00.000000+00:00","book":5678}'
LIMITS = {"BOOKPLATE_SOCKETS": "30000", "BOOKPLATE_SOCKETS_PER_USER": "30000", "BOOKPLATE_ACCESS_SECONDS": "3600"}


RESULTS = ROOT / "bench" / "results" / "live.json"


def main() -> None:
    # Where the demo of the tests' servers is made once.
    os.environ.setdefault("BOOKPLATE_DATA", str(CACHE / "live"))
    parser = argparse.ArgumentParser()
    parser.add_argument("sockets", type=int, nargs="?", default=5000)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    asked = parser.parse_args()
    found = _lasting(asked.sockets, asked.minutes) if asked.minutes else _all(asked.sockets, asked.only)
    for name, figures in found.items():
        say(f"{name:14} " + "  ".join(f"{what} {figure:.1f}" for what, figure in figures.items()))
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps(kept | found, indent=1) + "\n")


def _all(number: int, only: list[str]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {name: _other(name, number) for name in ("bare", "channels") if name in only}
    if "bookplate" in only:
        found["bookplate"] = _bookplate(number)
        found["one process"] = found["bookplate"].pop("checkout")  # type: ignore[assignment]
    if "processes" in only:
        found["four processes"] = _across(4)
    return found


def _across(processes: int) -> dict[str, float]:
    """From one process to a browser at each of the others, by PostgreSQL and Redis."""
    with ExitStack() as stack:
        url = f"{server_of(stack.enter_context(PostgresServer(durable=True)).url)}/live"
        on_the_server(url, "CREATE DATABASE {name}")
        shared = {
            "demo": True,
            "database_url": url,
            "redis_url": stack.enter_context(RedisServer()).url,
        }
        first = stack.enter_context(BookplateServer(**shared))  # type: ignore[arg-type]
        others = [BookplateServer(data=first.data, **shared) for _ in range(processes - 1)]  # type: ignore[arg-type]
        ports = [stack.enter_context(server).port for server in others]
        librarian, hello = _signed_in(first, "librarian"), _hello(_signed_in(first, "alice"))
        return uvloop.run(_checkouts(ports, hello, librarian))


def _lasting(number: int, minutes: float) -> dict[str, dict[str, float]]:
    """What the process holds after the first tenth of the time, and at its end."""
    with BookplateServer(demo=True, env=LIMITS) as server:
        librarian, hello = _signed_in(server, "librarian"), _hello(_signed_in(server, "alice"))
        book = librarian.post("/api/books/", json={"title": "Told to all"}).json()["id"]
        process = cast("subprocess.Popen[bytes]", server.process)

        def change(number: int) -> None:
            librarian.patch(f"/api/books/{book}/", json={"title": f"No. {number}"}).raise_for_status()

        async def measured() -> dict[str, float]:
            async with Crowd(server.port, number, hello) as crowd:
                begun, held, used = time.monotonic(), 0.0, _cpu(process.pid)
                changes: list[asyncio.Task[None]] = []
                while (spent := time.monotonic() - begun) < minutes * 60:
                    # Not one after the other: what happens in a library does not wait until all have heard the last.
                    changes.append(asyncio.create_task(asyncio.to_thread(change, len(changes))))
                    held = held or (memory.resident(process.pid) if spent > minutes * 6 else 0.0)
                    await asyncio.sleep(max(0.0, begun + len(changes) / EVENTS_A_SECOND - time.monotonic()))
                await asyncio.gather(*changes)
                told, last = len(changes), time.time()
                heard = await crowd.heard(told, 60)
                return {
                    "sockets": number,
                    "minutes": (time.monotonic() - begun) / 60,
                    "events": told,
                    "ms behind": (max(heard) - last) * 1000,
                    "CPU": (_cpu(process.pid) - used) / told,
                    "MB": held,
                    "MB at the end": memory.resident(process.pid),
                }

        return {"lasting": uvloop.run(measured())}


def _other(name: str, number: int) -> dict[str, float]:
    with _contender(name) as (port, pid):

        async def measured() -> dict[str, float]:
            async with Crowd(port, number) as crowd:

                async def tell() -> None:
                    crowd.sockets[0].say(EVENT)

                return await _rounds(crowd, pid, tell)

        return uvloop.run(measured())


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


def _bookplate(number: int) -> dict[str, Any]:
    with BookplateServer(demo=True, env=LIMITS) as server:
        librarian, first = _signed_in(server, "librarian"), _hello(_signed_in(server, "alice"))

        process = cast("subprocess.Popen[bytes]", server.process)

        async def measured() -> dict[str, Any]:
            async with Crowd(server.port, number, first) as crowd:

                async def tell() -> None:
                    await asyncio.to_thread(librarian.post, "/api/books/", json={"title": "Told to all"})

                figures = await _rounds(crowd, process.pid, tell)
            return {**figures, "checkout": await _checkouts([server.port], first, librarian)}

        return uvloop.run(measured())


def _hello(somebody: httpx.Client) -> bytes:
    token = somebody.headers["Authorization"].removeprefix("Bearer ")
    return json.dumps({"type": "authenticate", "token": token}).encode()


def _signed_in(server: BookplateServer, name: str) -> httpx.Client:
    client = httpx.Client(base_url=server.url, timeout=60)
    access = client.post("/api/token/", json={"username": name, "password": PASSWORD}).json()["access"]
    client.headers["Authorization"] = f"Bearer {access}"
    return client


async def _rounds(crowd: Crowd, pid: int, tell: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    """Milliseconds from the moment that somebody began to tell something, until each had heard it."""
    delays: list[float] = []
    spans: list[float] = []
    used = 0.0
    for number in range(1, ROUNDS + 1):
        await asyncio.sleep(0.3)
        began, before = time.time(), _cpu(pid)
        telling = asyncio.ensure_future(tell())
        heard = await crowd.heard(number)
        await telling
        used += _cpu(pid) - before
        delays += [(at - began) * 1000 for at in heard]
        spans.append((max(heard) - min(heard)) * 1000)
    cuts = statistics.quantiles(delays, n=100)
    figures = {"p50": cuts[49], "p99": cuts[98], "first-to-last": statistics.median(spans), "CPU": used / ROUNDS}
    return {**figures, "MB": memory.resident(pid)}


def _cpu(pid: int) -> float:
    """Milliseconds that the process has worked."""
    # The name of the program stands in brackets and may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) * 1000 / os.sysconf("SC_CLK_TCK")


async def _checkouts(ports: list[int], hello: bytes, librarian: httpx.Client) -> dict[str, float]:
    """Milliseconds from the writing of the event, just before its commit, to its frame in a socket at each port."""
    async with AsyncExitStack() as stack:
        crowds = [await stack.enter_async_context(Crowd(port, 1, hello)) for port in ports]
        await _lend_and_take_back(librarian)
        for crowd in crowds:
            await crowd.heard(CHECKOUTS)
    told = [(at, json.loads(text)) for crowd in crowds for at, text in crowd.sockets[0].frames]
    delays = [(at - datetime.fromisoformat(event["at"]).timestamp()) * 1000 for at, event in told]
    return {"p50": statistics.median(delays), "p99": statistics.quantiles(delays, n=100)[98]}


async def _lend_and_take_back(librarian: httpx.Client) -> None:
    copies = librarian.get("/api/copies/?state=in").json()
    copy = next(copy for copy in copies if copy["owner"] is None)
    for _ in range(CHECKOUTS // 2):
        lent = {"copy": copy["barcode"], "member": "M0005"}
        loan = (await asyncio.to_thread(librarian.post, "/api/loans/", json=lent)).json()
        await asyncio.to_thread(librarian.post, f"/api/loans/{loan['id']}/return/")


if __name__ == "__main__":
    main()
