"""Many at once, at two processes that share a library: one last copy, queues, returns, limits (G14 to G16).

Each promise is tried a few times; `long` has a hundred rounds.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.servers import ROOT, BookplateServer, RedisServer
from tests.visitors import Visitor

# The pause after wrong passwords is not what is tried here, nor is how long a token lasts.
PATIENT = {"BOOKPLATE_ACCESS_SECONDS": "86400"}
SHORT = 3
CARDS = [f"M{number:04}" for number in range(7, 37)]


class Desks:
    """A librarian at each of two processes."""

    def __init__(self, servers: list[BookplateServer]) -> None:
        self.servers = servers
        self.visitors = [Visitor(server, "librarian") for server in servers]
        self.main = self.visitors[0]

    def at_once(self, calls: list[tuple[str, Any]]) -> list[httpx.Response]:
        """Every other call at the other process, all in the air together."""
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(self._post, range(len(calls)), calls))

    def _post(self, number: int, call: tuple[str, Any]) -> httpx.Response:
        return self.visitors[number % 2].post(*call)

    def new_copies(self, count: int) -> list[dict[str, Any]]:
        """Of a new book, so that nobody waits for it."""
        book = self.main.post("/api/books/", {"title": "Seldom Read"}).json()["id"]
        return [self.main.post("/api/copies/", {"book": book}).json() for _ in range(count)]

    def lend(self, copy: dict[str, Any], card: str) -> dict[str, Any]:
        loan = self.main.post("/api/loans/", {"copy": copy["barcode"], "member": card})
        assert loan.status_code == 201, loan.text
        return dict(loan.json())

    def ready(self, book: int) -> list[str]:
        return [row["member"] for row in self.main.get(f"/api/holds/?book={book}&state=ready").json()]


def statuses(answers: list[httpx.Response]) -> dict[int, int]:
    codes = [answer.status_code for answer in answers]
    return {code: codes.count(code) for code in sorted(set(codes))}


@pytest.fixture(scope="module")
def desks(redis_server: RedisServer, database_url_of_module: str | None) -> Iterator[Desks]:
    with ExitStack() as stack:
        shared: dict[str, Any] = {"database_url": database_url_of_module, "redis_url": redis_server.url, "demo": True}
        first = stack.enter_context(BookplateServer(env=PATIENT, **shared))
        second = stack.enter_context(BookplateServer(data=first.data, env=PATIENT, **shared))
        yield Desks([first, second])


def fifty_at_the_last_copy(desks: Desks) -> None:
    copy = desks.new_copies(1)[0]
    calls = [("/api/loans/", {"copy": copy["barcode"], "member": CARDS[number % 30]}) for number in range(50)]

    assert statuses(desks.at_once(calls)) == {201: 1, 409: 49}
    opened = desks.main.get(f"/api/loans/?copy={copy['barcode']}").json()
    assert len(opened) == 1
    desks.main.post(f"/api/loans/{opened[0]['id']}/return/")


def thirty_holds_have_thirty_places(desks: Desks) -> None:
    copy = desks.new_copies(1)[0]
    loan = desks.lend(copy, "M0004")
    answers = desks.at_once([("/api/holds/", {"book": copy["book"], "member": card}) for card in CARDS])
    assert statuses(answers) == {201: 30}
    queue = sorted((answer.json() for answer in answers), key=lambda hold: hold["id"])
    assert [hold["place"] for hold in queue] == list(range(1, 31))

    desks.main.post(f"/api/loans/{loan['id']}/return/")
    tries = [("/api/loans/", {"copy": copy["barcode"], "member": hold["member"]}) for hold in queue[:10]]
    taken = desks.at_once(tries)
    assert [answer.status_code for answer in taken] == [201] + [409] * 9


def a_ready_hold_is_cancelled_ten_times_and_passes_on_once(desks: Desks) -> None:
    copy = desks.new_copies(1)[0]
    queue = [desks.main.post("/api/holds/", {"book": copy["book"], "member": card}).json() for card in CARDS[:3]]
    desks.main.post("/api/holds/shelf/", {"copy": copy["barcode"]})
    with ThreadPoolExecutor(10) as pool:
        address = f"/api/holds/{queue[0]['id']}/"
        gone = list(pool.map(lambda number: desks.visitors[number % 2].http.delete(address), range(10)))

    assert statuses(gone) == {204: 10}
    assert desks.ready(copy["book"]) == [CARDS[1]]


def ten_returns_take_effect_once(desks: Desks) -> None:
    copy = desks.new_copies(1)[0]
    loan = desks.lend(copy, CARDS[0])
    for card in CARDS[1:4]:
        desks.main.post("/api/holds/", {"book": copy["book"], "member": card})
    answers = desks.at_once([(f"/api/loans/{loan['id']}/return/", None)] * 10)

    assert statuses(answers) == {200: 10}
    assert len({answer.json()["returned_at"] for answer in answers}) == 1
    assert desks.ready(copy["book"]) == [CARDS[1]]


def two_copies_back_at_once_go_to_the_first_two(desks: Desks) -> None:
    copies = desks.new_copies(2)
    loans = [desks.lend(copy, card) for copy, card in zip(copies, CARDS, strict=False)]
    for card in CARDS[2:5]:
        desks.main.post("/api/holds/", {"book": copies[0]["book"], "member": card})
    desks.at_once([(f"/api/loans/{loan['id']}/return/", None) for loan in loans])

    assert sorted(desks.ready(copies[0]["book"])) == CARDS[2:4]


def a_limit_under_two_desks(desks: Desks) -> None:
    copies = desks.new_copies(8)
    calls = [("/api/loans/", {"copy": copy["barcode"], "member": "M0036"}) for copy in copies]
    has = len(desks.main.get("/api/loans/?member=M0036&open=true").json())
    limit = has + 3
    desks.main.http.patch("/api/policy/", json={"loans_at_once": limit})

    assert statuses(desks.at_once(calls)) == {201: 3, 409: 5}
    desks.main.http.patch("/api/policy/", json={"loans_at_once": 1000})
    desks.main.post("/api/returns/", {"copies": [copy["barcode"] for copy in copies]})


def renewals_stop_at_the_limit(desks: Desks) -> None:
    loan = desks.lend(desks.new_copies(1)[0], CARDS[5])
    answers = desks.at_once([(f"/api/loans/{loan['id']}/renew/", None)] * 10)

    assert statuses(answers) == {200: 2, 409: 8}
    desks.main.post(f"/api/loans/{loan['id']}/return/")


def one_key_has_one_answer(desks: Desks) -> None:
    copy = desks.new_copies(1)[0]
    key = {"Idempotency-Key": f"hold {copy['id']}"}
    body = {"book": copy["book"], "member": CARDS[7]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: desks.visitors[n % 2].post("/api/holds/", body, **key), range(8)))

    assert statuses(answers) == {201: 8}
    assert len({answer.json()["id"] for answer in answers}) == 1


PROMISES: list[Callable[[Desks], None]] = [
    fifty_at_the_last_copy,
    thirty_holds_have_thirty_places,
    a_ready_hold_is_cancelled_ten_times_and_passes_on_once,
    ten_returns_take_effect_once,
    two_copies_back_at_once_go_to_the_first_two,
    a_limit_under_two_desks,
    renewals_stop_at_the_limit,
    one_key_has_one_answer,
]


@pytest.mark.parametrize("promise", PROMISES)
def test_at_once(desks: Desks, promise: Callable[[Desks], None]) -> None:
    desks.main.http.patch("/api/policy/", json={"loans_at_once": 1000})
    for _ in range(SHORT if promise is fifty_at_the_last_copy else 1):
        promise(desks)


@pytest.mark.long
@pytest.mark.parametrize("promise", PROMISES)
def test_at_once_a_hundred_times(desks: Desks, promise: Callable[[Desks], None]) -> None:
    desks.main.http.patch("/api/policy/", json={"loans_at_once": 1000})
    for _ in range(100):
        promise(desks)


def test_everything_agrees_afterwards(desks: Desks) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "verify"]
    done = subprocess.run(command, env=desks.servers[0].environment(), capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.strip().endswith("copies agree.")) == (0, True), done.stdout + done.stderr
