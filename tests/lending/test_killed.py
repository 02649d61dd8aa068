"""Ten clients for a minute, a process killed and begun anew in the middle: what was answered is there, and is right."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from tests.lending.storm import check, storm
from tests.servers import ROOT, BookplateServer, RedisServer, children, command_of
from tests.visitors import Visitor

pytestmark = pytest.mark.long

SECONDS = 60.0


@pytest.fixture
def servers(redis_server: RedisServer, database_url: str | None) -> Iterator[list[BookplateServer]]:
    """Two that share a library, each with its worker; on PostgreSQL each serves with two processes."""
    shared: dict[str, Any] = {"database_url": database_url, "redis_url": redis_server.url}
    shared |= {"env": {"BOOKPLATE_ACCESS_SECONDS": "86400"}, "arguments": ("--workers", "2") if database_url else ()}
    with ExitStack() as stack:
        first = stack.enter_context(BookplateServer(**shared))
        yield [first, stack.enter_context(BookplateServer(data=first.data, **shared))]


def test_a_minute_with_killed_processes(servers: list[BookplateServer]) -> None:
    password = new_admin(servers[0])
    visitors = [Visitor(server, "boss", password) for server in servers]
    visitors[0].http.patch("/api/policy/", json={"loans_at_once": 3}).raise_for_status()
    with storm(visitors, SECONDS, seed=1) as told:
        time.sleep(SECONDS / 3)
        kill_all_but_the_parent(servers[0])
        time.sleep(SECONDS / 6)
        servers[1].kill()
        time.sleep(1)
        servers[1].start()

    print(f"{len(told.lent)} lent, {len(told.held)} held, {told.unanswered} unanswered, {told.statuses}")  # noqa: T201
    assert told.unanswered > 0
    check(servers[0], visitors[1], told)


def new_admin(server: BookplateServer) -> str:
    command = [sys.executable, str(ROOT / "manage.py"), "admin", "boss"]
    done = subprocess.run(command, env=server.environment(), stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return done.stdout.decode().split("shown this once: ")[1].strip()


def kill_all_but_the_parent(server: BookplateServer) -> None:
    """The worker, and the processes that serve where there are several; the parent begins each anew."""
    assert server.process is not None
    for child in children(server.process.pid):
        if "resource_tracker" not in command_of(child):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
