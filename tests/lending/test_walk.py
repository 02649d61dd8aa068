"""A random walk of everything that lending can do, over HTTP, beside a small model of it (G17).

After every step the answer is the one that the model expects, every copy is where the model has it, and `verify`
finds nothing.
"""

import random
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookplate.catalog.models import Book, Copy
from bookplate.lending import holds, rules, verify
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

LIMIT, RENEWALS = 3, 2


class Walk:
    """Two books with two copies each, and `P`, which is alice's own; three members."""

    def __init__(self, staff: User, alice: User, others: list[User], chance: random.Random) -> None:
        self.chance, self.desk, self.owner = chance, signed_in(staff), signed_in(alice)
        self.people = {user.member.card: signed_in(user) for user in others}
        self.books = {book.title: book for book in Book.objects.all()}
        self.book_of = dict(Copy.objects.filter(owner=None).values_list("barcode", "book__title"))
        self.holder: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        self.renewals: dict[str, int] = defaultdict(int)
        self.lost: set[str] = set()
        self.line: dict[str, list[tuple[int, str]]] = {title: [] for title in [*self.books, "P"]}
        self.rank: dict[tuple[str, str], int] = {}

    def step(self) -> None:
        act = self.chance.choice([name for name in dir(self) if name.startswith("do_")])
        card, copy = self.chance.choice(list(self.people)), self.chance.choice([*self.book_of, "P"])
        expected, answer = getattr(self, act)(card, copy)
        assert (act, card, copy, answer.status_code < 300) == (act, card, copy, expected), answer.text
        assert dict(Copy.objects.values_list("barcode", "state")) == {one: self.state(one) for one in self.copies}
        assert [fault.words for fault in verify.check()] == []

    @property
    def copies(self) -> list[str]:
        return [*self.book_of, "P"]

    def state(self, copy: str) -> str:
        if copy in self.lost:
            return "lost"
        return "on_loan" if copy in self.holder else "held" if copy in self.kept else "in"

    def queue(self, copy: str) -> list[tuple[int, str]]:
        return self.line[self.book_of.get(copy, "P")]

    def leave(self, copy: str, card: str) -> None:
        queue = self.queue(copy)
        queue[:] = [entry for entry in queue if entry[1] != card]

    def settle(self, copy: str) -> None:
        if copy != "P" and self.queue(copy):
            self.kept[copy] = self.queue(copy).pop(0)[1]

    def waits(self, copy: str, card: str) -> bool:
        same = [one for one in self.copies if self.book_of.get(one, "P") == self.book_of.get(copy, "P")]
        return card in [name for _, name in self.queue(copy)] or card in [self.kept.get(one) for one in same]

    def hold_of(self, copy: str, card: str) -> int:
        book = self.book_of.get(copy)
        mine = Hold.objects.active().filter(member__card=card)
        mine = mine.filter(wanted__barcode="P") if book is None else mine.for_library().filter(book__title=book)
        return getattr(mine.first(), "pk", 0)

    def do_lend(self, card: str, copy: str) -> tuple[bool, Any]:
        full = list(self.holder.values()).count(card) >= LIMIT
        free = self.state(copy) == "in" or self.kept.get(copy) == card
        if free and not full:
            if self.kept.pop(copy, None) is None:
                self.leave(copy, card)
            self.holder[copy], self.renewals[copy] = card, 0
        return free and not full, self.desk.post("/api/loans/", {"copy": copy, "member": card})

    def do_return(self, card: str, copy: str) -> tuple[bool, Any]:
        out = self.holder.pop(copy, None) is not None
        loan = Loan.objects.open().filter(copy__barcode=copy).first()
        if out:
            self.settle(copy)
        client = self.owner if copy == "P" else self.desk
        return out, client.post(f"/api/loans/{loan.pk if loan else 0}/return/")

    def do_renew(self, card: str, copy: str) -> tuple[bool, Any]:
        holder, loan = self.holder.get(copy), Loan.objects.open().filter(copy__barcode=copy).first()
        wanted = any(name != holder for _, name in self.queue(copy))
        spare = copy != "P" and any(
            self.state(one) == "in" for one, book in self.book_of.items() if book == self.book_of[copy]
        )
        may = holder is not None and self.renewals[copy] < RENEWALS and not (wanted and not spare)
        self.renewals[copy] += may
        return may, self.desk.post(f"/api/loans/{loan.pk if loan else 0}/renew/")

    def do_wait(self, card: str, copy: str) -> tuple[bool, Any]:
        title = self.book_of.get(copy)
        same = [one for one, book in self.book_of.items() if book == title] or ["P"]
        has = title is not None and card in [self.holder.get(one) for one in same]
        may = not self.waits(copy, card) and not has and any(one not in self.lost for one in same)
        if may:
            ranks = [rank for (book, _), rank in self.rank.items() if book == title]
            self.rank[title or "P", card] = max(ranks, default=0) + 1
            self.queue(copy).append((self.rank[title or "P", card], card))
        body = {"book": self.books[title].pk} if title else {"copy": "P"}
        return may, self.people[card].post("/api/holds/", body)

    def do_cancel(self, card: str, copy: str) -> tuple[bool, Any]:
        number = self.hold_of(copy, card)
        kept = [one for one in self.copies if self.kept.get(one) == card and self.queue(one) is self.queue(copy)]
        self.leave(copy, card)
        for one in kept:
            del self.kept[one]
            self.settle(one)
        return number > 0, self.people[card].delete(f"/api/holds/{number}/")

    def do_set_aside(self, card: str, copy: str) -> tuple[bool, Any]:
        may = copy != "P" and self.state(copy) == "in" and bool(self.queue(copy))
        if may:
            self.settle(copy)
        return may, self.desk.post("/api/holds/shelf/", {"copy": copy})

    def do_lose(self, card: str, copy: str) -> tuple[bool, Any]:
        self.holder.pop(copy, None)
        if again := self.kept.pop(copy, None):
            book = self.book_of.get(copy, "P")
            self.line[book] = sorted([*self.line[book], (self.rank[book, again], again)])
        self.lost.add(copy)
        return True, self._condition(copy, "lost")

    def do_find(self, card: str, copy: str) -> tuple[bool, Any]:
        if copy in self.lost:
            self.lost.remove(copy)
            self.settle(copy)
        return True, self._condition(copy, "good")

    def _condition(self, copy: str, condition: str) -> Any:
        number = Copy.objects.get(barcode=copy).pk
        client = self.owner if copy == "P" else self.desk
        return client.put(f"/api/copies/{number}/condition/", {"condition": condition})

    def do_expire(self, card: str, copy: str) -> tuple[bool, Any]:
        ready = Hold.objects.filter(copy__barcode=copy, state=HoldState.READY)
        ready.update(ready_until=timezone.now() - timedelta(seconds=1))
        assert holds.pass_on_expired() == (copy in self.kept)
        if self.kept.pop(copy, None):
            self.settle(copy)
        return True, self.desk.get("/api/holds/")

    def do_answer(self, card: str, copy: str) -> tuple[bool, Any]:
        yes, number = self.chance.random() < 0.7, self.hold_of("P", card)
        waiting = card in [name for _, name in self.line["P"]]
        may = (waiting and self.state("P") == "in") if yes else number > 0
        if may:
            self.leave("P", card)
            if yes:
                self.kept["P"] = card
            elif self.kept.get("P") == card:
                del self.kept["P"]
        return may, self.owner.put(f"/api/holds/{number}/answer/", {"accepted": yes})

    def do_hand_over(self, card: str, copy: str) -> tuple[bool, Any]:
        number = self.hold_of("P", card)
        may = self.kept.get("P") == card and list(self.holder.values()).count(card) < LIMIT
        if may:
            self.holder["P"], self.renewals["P"] = self.kept.pop("P"), 0
        return may, self.people[card].post(f"/api/holds/{number}/loan/")


def walk(seed: int, steps: int, staff: User, alice: User, others: list[User]) -> None:
    rules.change(loans_at_once=LIMIT, renewals=RENEWALS)
    for title in ("Emma", "Persuasion"):
        book = Book.objects.create(title=title)
        Copy.objects.bulk_create([Copy(book=book, barcode=f"{title}{number}") for number in (1, 2)])
    Copy.objects.create(book=book, barcode="P", owner=alice)
    here = Walk(staff, alice, others, random.Random(seed))
    for _ in range(steps):
        here.step()


def test_a_walk(assistant: User, alice: User, bob: User, carol: User, librarian: User) -> None:
    walk(1873, 60, assistant, alice, [bob, carol, librarian])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_a_long_walk(seed: int, assistant: User, alice: User, bob: User, carol: User, librarian: User) -> None:
    walk(seed, 500, assistant, alice, [bob, carol, librarian])
