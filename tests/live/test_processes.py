"""Two processes that share a database and a Redis: what one commits, the sockets of the other tell."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.servers import BookplateServer, RedisServer
from tests.visitors import Visitor

Pair = tuple[BookplateServer, BookplateServer]


@pytest.fixture(scope="module")
def pair(redis_server: RedisServer, database_url_of_module: str | None) -> Iterator[Pair]:
    with ExitStack() as stack:
        shared = {"database_url": database_url_of_module, "redis_url": redis_server.url, "demo": True}
        first = stack.enter_context(BookplateServer(**shared))  # type: ignore[arg-type]
        yield first, stack.enter_context(BookplateServer(data=first.data, **shared))  # type: ignore[arg-type]


@pytest.mark.alone
def test_a_loan_in_one_process_is_told_in_the_other(pair: Pair) -> None:
    librarian, alice = Visitor(pair[0], "librarian"), Visitor(pair[1], "alice")
    copy = next(copy for copy in librarian.get("/api/copies/?state=in").json() if copy["owner"] is None)
    with alice.socket() as socket:
        began = time.monotonic()
        librarian.post("/api/loans/", {"copy": copy["barcode"], "member": "M0005"})
        event = socket.next(2.0)
        elapsed = time.monotonic() - began

    assert (event["type"], event["copy"]) == ("loan.opened", copy["id"])
    # Sooner than the look at the table every 2 s, so it came through Redis.
    assert elapsed < 1.5


def test_of_two_desks_one_gets_the_last_copy_twenty_times(pair: Pair) -> None:
    desks = [Visitor(server, "assistant") for server in pair]
    copy = next(copy for copy in desks[0].get("/api/copies/?state=in").json() if copy["owner"] is None)

    def lend(number: int) -> tuple[int, int]:
        answer = desks[number].post("/api/loans/", {"copy": copy["barcode"], "member": f"M000{number + 5}"})
        return answer.status_code, answer.json().get("id", 0)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            answers = sorted(pool.map(lend, range(2)))
            assert [status for status, _ in answers] == [201, 409]
            opened = desks[0].get(f"/api/loans/?copy={copy['barcode']}&open=true").json()
            assert [loan["id"] for loan in opened] == [answers[0][1]]
            assert desks[1].post(f"/api/loans/{answers[0][1]}/return/").status_code == 200
