"""Ten people at the desks of one library at once, and what must be true of what they leave behind (G14 to G17, G33)."""

import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import httpx

from tests.servers import ROOT, BookplateServer
from tests.visitors import Visitor

CLIENTS, CARDS, BOOKS, COPIES_EACH = 10, 12, 4, 2
USUAL = {200, 201, 204, 404, 409}


class Told:
    """What was answered to whom. Appending is safe among threads."""

    def __init__(self) -> None:
        self.lent: dict[int, tuple[str, str]] = {}
        self.returned: dict[int, str] = {}
        self.held: list[int] = []
        self.statuses: Counter[int] = Counter()
        self.unanswered = 0


class Client:
    def __init__(self, visitor: Visitor, told: Told, copies: list[dict[str, Any]], cards: list[str], seed: int) -> None:
        self.visitor, self.told, self.copies, self.cards = visitor, told, copies, cards
        self.chance = random.Random(seed)

    def work_until(self, end: float) -> None:
        acts = [self.lend, self.give_back, self.renew, self.hold, self.cancel]
        while time.monotonic() < end:
            try:
                self.chance.choices(acts, [5, 4, 1, 1, 2])[0]()
            except httpx.TransportError:  # from a server that is just killed
                self.told.unanswered += 1
                time.sleep(0.1)

    def lend(self) -> None:
        copy, card = self.chance.choice(self.copies)["barcode"], self.chance.choice(self.cards)
        answer = self.post("/api/loans/", {"copy": copy, "member": card})
        if answer.status_code == 201:
            self.told.lent[answer.json()["id"]] = copy, card

    def give_back(self) -> None:
        """Of the newest loans, whoever lent them; now and then of one that is over, which changes nothing."""
        if loan := self.chance.choice([0, *list(self.told.lent)[-20:]]):
            answer = self.post(f"/api/loans/{loan}/return/")
            if answer.status_code == 200:
                at = answer.json()["returned_at"]
                assert self.told.returned.setdefault(loan, at) == at

    def renew(self) -> None:
        if loan := self.chance.choice([0, *list(self.told.lent)[-20:]]):
            self.post(f"/api/loans/{loan}/renew/")

    def hold(self) -> None:
        book, card = self.chance.choice(self.copies)["book"], self.chance.choice(self.cards)
        answer = self.post("/api/holds/", {"book": book, "member": card})
        if answer.status_code == 201:
            self.told.held.append(answer.json()["id"])

    def cancel(self) -> None:
        if hold := self.chance.choice([0, *self.told.held[-20:]]):
            self.note(self.visitor.http.delete(f"/api/holds/{hold}/"))

    def post(self, address: str, body: Any = None) -> httpx.Response:
        return self.note(self.visitor.post(address, body))

    def note(self, answer: httpx.Response) -> httpx.Response:
        self.told.statuses[answer.status_code] += 1
        return answer


@contextmanager
def storm(visitors: list[Visitor], seconds: float, seed: int) -> Iterator[Told]:
    """Ten clients, shared out among the visitors, that work while the block runs and at least for so long."""
    copies, cards, told = new_copies(visitors[0]), new_cards(visitors[0]), Told()
    clients = [Client(visitors[n % len(visitors)], told, copies, cards, seed + n) for n in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        end = time.monotonic() + seconds
        working: list[Future[None]] = [pool.submit(client.work_until, end) for client in clients]
        yield told
        for done in working:
            done.result()


def new_copies(visitor: Visitor) -> list[dict[str, Any]]:
    books = [visitor.post("/api/books/", {"title": f"Often Read {number}"}).json()["id"] for number in range(BOOKS)]
    made = [visitor.post("/api/copies/", {"book": book}) for book in books for _ in range(COPIES_EACH)]
    return [copy.json() for copy in made]


def new_cards(visitor: Visitor) -> list[str]:
    made = [visitor.post("/api/members/", {"firstname": f"Reader {number}"}) for number in range(CARDS)]
    return [card.json()["card"] for card in made]


def check(server: BookplateServer, visitor: Visitor, told: Told) -> None:
    loans, holds = everything(visitor, "/api/loans/?limit=500"), everything(visitor, "/api/holds/?limit=500")
    by_number = {loan["id"]: loan for loan in loans}
    assert set(told.statuses) <= USUAL
    assert {number: (by_number[number]["copy"], by_number[number]["member"]) for number in told.lent} == told.lent
    assert {number: by_number[number]["returned_at"] for number in told.returned} == told.returned
    assert set(told.held) <= {hold["id"] for hold in holds}
    assert overlapping(loans) == []
    assert_verified(server)


def overlapping(loans: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Pairs of loans of one copy of which the second began before the first was over."""
    of_copy = defaultdict(list)
    for loan in sorted(loans, key=lambda loan: (loan["lent_at"], loan["id"])):
        of_copy[loan["copy"]].append(loan)
    pairs = [pair for row in of_copy.values() for pair in pairwise(row)]
    return [
        (one["id"], two["id"]) for one, two in pairs if not one["returned_at"] or one["returned_at"] > two["lent_at"]
    ]


def everything(visitor: Visitor, address: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while address:
        page = visitor.get(address)
        rows += page.json()
        address = page.links.get("next", {}).get("url", "")
    return rows


def assert_verified(server: BookplateServer) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "verify"]
    done = subprocess.run(command, env=server.environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip().endswith("copies agree.")) == (0, True), done.stdout + done.stderr
