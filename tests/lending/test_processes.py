"""Many at once, at two processes that share a library: one last copy, queues, returns, limits (G14 to G16).

Each promise is tried a few times; `long` has a hundred rounds.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.lending.storm import check, storm
from tests.servers import ROOT, BookplateServer, RedisServer
from tests.visitors import Visitor

# The pause after wrong passwords is not what is tried here, nor is how long a token lasts.
PATIENT = {"BOOKPLATE_ACCESS_SECONDS": "86400"}
SHORT = 3
CARDS = [f"M{number:04}" for number in range(7, 37)]
# What a worker does every minute, when it is told to, as this cannot wait; a number makes that hold late first.
EXPIRER = """
import sys
import django
django.setup()
from django.utils import timezone
from bookplate.lending import holds
from bookplate.lending.models import Hold
for line in sys.stdin:
    if number := line.strip():
        Hold.objects.filter(pk=number).update(ready_until=timezone.now())
        print("late", flush=True)
    else:
        print(holds.pass_on_expired(), flush=True)
"""


class Expirer:
    """A process beside the servers that ends the holds nobody fetched."""

    def __init__(self, server: BookplateServer) -> None:
        environment = {**server.environment(), "DJANGO_SETTINGS_MODULE": "bookplate.config.settings"}
        command = [sys.executable, "-c", EXPIRER]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self, line: object = "") -> str:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


class Desks:
    """A librarian at each of two processes."""

    def __init__(self, servers: list[BookplateServer]) -> None:
        self.servers = servers
        self.visitors = [Visitor(server, "librarian") for server in servers]
        self.main = self.visitors[0]
        self.expirers: list[Expirer] = []

    def at_once(self, calls: list[tuple[str, Any]]) -> list[httpx.Response]:
        """Every other call at the other process, all in the air together."""
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(self._post, range(len(calls)), calls))

    def _post(self, number: int, call: tuple[str, Any]) -> httpx.Response:
        asked_at = time.monotonic()
        answer = self.visitors[number % 2].post(*call)
        answer.extensions |= {"asked_at": asked_at, "told_at": time.monotonic()}
        return answer

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
        desks = Desks([first, second])
        yield desks
        for expirer in desks.expirers:
            expirer.process.kill()
            expirer.process.communicate()


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
    assert_places_are_in_the_order_of(answers)

    desks.main.post(f"/api/loans/{loan['id']}/return/")
    tries = [("/api/loans/", {"copy": copy["barcode"], "member": hold["member"]}) for hold in queue[:10]]
    taken = desks.at_once(tries)
    assert [answer.status_code for answer in taken] == [201] + [409] * 9


def assert_places_are_in_the_order_of(answers: list[httpx.Response]) -> None:
    """Whoever had an answer before another asked stands in front of them; of those at once, either may."""
    times = [
        (answer.extensions["asked_at"], answer.extensions["told_at"], answer.json()["place"]) for answer in answers
    ]
    wrong = [(one, other) for one in times for other in times if one[1] < other[0] and one[2] > other[2]]
    assert wrong == []


def a_ready_hold_is_cancelled_ten_times_and_passes_on_once(desks: Desks) -> None:
    copy = desks.new_copies(1)[0]
    queue = [desks.main.post("/api/holds/", {"book": copy["book"], "member": card}).json() for card in CARDS[:3]]
    desks.main.post("/api/holds/shelf/", {"copy": copy["barcode"]})
    with ThreadPoolExecutor(10) as pool:
        address = f"/api/holds/{queue[0]['id']}/"
        gone = list(pool.map(lambda number: desks.visitors[number % 2].http.delete(address), range(10)))

    assert statuses(gone) == {204: 10}
    assert desks.ready(copy["book"]) == [CARDS[1]]


def an_offer_that_expires_twice_and_is_cancelled_passes_on_once(desks: Desks) -> None:
    desks.expirers = desks.expirers or [Expirer(server) for server in desks.servers]
    copy = desks.new_copies(1)[0]
    queue = [desks.main.post("/api/holds/", {"book": copy["book"], "member": card}).json() for card in CARDS[:4]]
    desks.main.post("/api/holds/shelf/", {"copy": copy["barcode"]})
    assert desks.expirers[0].tell(queue[0]["id"]) == "late"
    with ThreadPoolExecutor(4) as pool:
        address = f"/api/holds/{queue[0]['id']}/"
        gone = [pool.submit(desk.http.delete, address) for desk in desks.visitors]
        over = [pool.submit(expirer.tell) for expirer in desks.expirers]

    ended = desks.main.get(address).json()["state"]
    assert statuses([one.result() for one in gone]) == {204: 2}
    assert sorted(one.result() for one in over) == (["0", "1"] if ended == "expired" else ["0", "0"])
    assert (ended in ("expired", "cancelled"), desks.ready(copy["book"])) == (True, [CARDS[1]])


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
    assert len({answer.text for answer in answers}) == 1


PROMISES: list[Callable[[Desks], None]] = [
    fifty_at_the_last_copy,
    thirty_holds_have_thirty_places,
    a_ready_hold_is_cancelled_ten_times_and_passes_on_once,
    an_offer_that_expires_twice_and_is_cancelled_passes_on_once,
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


def test_of_a_storm_everything_answered_is_there_and_agrees(desks: Desks) -> None:
    """For a moment, one process killed in it; a minute of this is in test_killed.py."""
    with storm(desks.visitors, 1.5, seed=1) as told:
        time.sleep(0.5)
        desks.servers[1].kill()
        desks.servers[1].start()

    assert told.unanswered > 0
    check(desks.servers[0], desks.main, told)
