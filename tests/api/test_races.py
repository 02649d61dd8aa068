"""Two or more at the same moment: one has its way, the others hear why not, nobody gets a 5xx (G16)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from bookplate.catalog.models import Book, Copy
from bookplate.lending import verify
from bookplate.lending.models import Hold, Loan
from bookplate.people import friends, members
from bookplate.people.models import Attempt, FriendRequest, Member, User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10
Act = Callable[[], Any]


def at_once(*acts: Act) -> list[Any]:
    """What each of these answers when all begin together, each on a connection of its own."""
    barrier = Barrier(len(acts))

    def run(act: Act) -> Any:
        try:
            barrier.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def statuses(answers: list[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_one_key_at_once_has_one_effect_and_one_answer(assistant: User, copy: Copy, alice: User) -> None:
    client = signed_in(assistant)
    body = {"copy": copy.barcode, "member": alice.member.card}
    answers = at_once(*[lambda: client.post("/api/loans/", body, headers={"Idempotency-Key": "k"})] * 8)

    assert statuses(answers) == [201] * 8
    assert {answer.json()["id"] for answer in answers} == {Loan.objects.get().pk}


def test_one_isbn_is_given_to_one_new_book(librarian: User) -> None:
    client = signed_in(librarian)
    for _ in range(ROUNDS):
        answers = at_once(*[lambda: client.post("/api/books/", {"title": "T", "isbn": "9780441478125"})] * 4)

        assert statuses(answers) == [201, 400, 400, 400]
        assert Book.objects.count() == 1
        Book.objects.all().delete()


def test_one_isbn_is_given_to_one_old_book(librarian: User) -> None:
    client = signed_in(librarian)
    for _ in range(ROUNDS):
        addresses = [f"/api/books/{Book.objects.create(title=title).pk}/" for title in "AB"]
        answers = at_once(*[lambda at=at: client.patch(at, {"isbn": "9780441478125"}) for at in addresses])

        assert statuses(answers) == [200, 400]
        assert [list(answer.json()["errors"]) for answer in answers if answer.status_code == 400] == [["isbn"]]
        Book.objects.all().delete()


def test_one_book_is_removed_once(librarian: User) -> None:
    client = signed_in(librarian)
    for _ in range(ROUNDS):
        address = f"/api/books/{Book.objects.create(title='T').pk}/"

        assert statuses(at_once(*[lambda at=address: client.delete(at)] * 4)) == [204, 404, 404, 404]


def test_a_book_is_removed_or_gets_a_copy(librarian: User) -> None:
    client = signed_in(librarian)
    for _ in range(ROUNDS):
        number = Book.objects.create(title="T").pk
        removed, added = at_once(
            lambda at=number: client.delete(f"/api/books/{at}/"),  # type: ignore[misc]
            lambda at=number: client.post("/api/copies/", {"book": at}),  # type: ignore[misc]
        )

        assert (removed.status_code, added.status_code) in {(204, 400), (409, 201)}


def test_of_two_users_with_one_code_one_gets_the_card(make_user: Any) -> None:
    clients = [signed_in(make_user(name)) for name in ("alice", "bob", "carol", "dora")]
    Member.objects.all().delete()
    for _ in range(ROUNDS):
        card = Member.objects.create(firstname="Somebody")
        body = {"code": members.make_link_code(card)}
        answers = at_once(*[lambda who=who, body=body: who.post("/api/users/me/card/", body) for who in clients])

        assert statuses(answers) == [200, 400, 400, 400]
        card.delete()
        Attempt.objects.all().delete()


def test_of_two_codes_of_one_user_one_is_used(alice: User) -> None:
    client = signed_in(alice)
    Member.objects.all().delete()
    for _ in range(ROUNDS):
        codes = [members.make_link_code(Member.objects.create(firstname=name)) for name in "AB"]
        answers = at_once(*[lambda code=code: client.post("/api/users/me/card/", {"code": code}) for code in codes])

        assert statuses(answers) == [200, 409]
        assert Member.objects.filter(user=alice).count() == 1
        Member.objects.all().delete()


def test_many_wrong_codes_at_once_are_judged_ten_times_at_most(alice: User) -> None:
    client = signed_in(alice)
    Member.objects.all().delete()
    answers = at_once(*[lambda: client.post("/api/users/me/card/", {"code": "AAAA-AAAA"})] * 16)

    assert statuses(answers) == [400] * 10 + [429] * 6


def test_two_who_ask_each_other_at_once_are_friends(alice: User, bob: User) -> None:
    one, other = signed_in(alice), signed_in(bob)
    for _ in range(ROUNDS):
        asks = [
            lambda: one.post("/api/friend-requests/", {"username": "bob"}),
            lambda: other.post("/api/friend-requests/", {"username": "alice"}),
        ]

        assert statuses(at_once(*asks)) == [201, 201]
        assert (friends.are_friends(alice, bob), FriendRequest.objects.count()) == (True, 0)
        friends.end(alice, bob)


def test_a_request_is_accepted_once_or_withdrawn(alice: User, bob: User) -> None:
    one, other = signed_in(alice), signed_in(bob)
    for _ in range(ROUNDS):
        address = f"/api/friend-requests/{friends.ask(alice, 'bob').pk}/"
        withdrawn, *accepted = at_once(
            lambda at=address: one.delete(at),  # type: ignore[misc]
            *[lambda at=address: other.post(f"{at}accept/")] * 3,
        )

        assert withdrawn.status_code in (204, 404)
        assert {answer.status_code for answer in accepted} <= (
            {200, 404} if friends.are_friends(alice, bob) else {404, 409}
        )
        assert friends.are_friends(alice, bob) == (200 in statuses(accepted))
        assert not FriendRequest.objects.exists()
        friends.end(alice, bob)


def test_who_is_blocked_at_the_same_moment_is_no_friend(alice: User, bob: User) -> None:
    one, other = signed_in(alice), signed_in(bob)
    for _ in range(ROUNDS):
        friends.ask(alice, "bob")
        address = f"/api/friend-requests/{FriendRequest.objects.get().pk}/accept/"
        blocked, accepted = at_once(
            lambda: one.post("/api/blocks/", {"username": "bob"}),
            lambda at=address: other.post(at),  # type: ignore[misc]
        )

        assert (blocked.status_code, accepted.status_code in (200, 404, 409)) == (201, True)
        assert (friends.are_friends(alice, bob), FriendRequest.objects.count()) == (False, 0)
        friends.unblock(alice, bob)


def test_two_books_become_one_once_and_a_desk_lends_meanwhile(librarian: User, alice: User) -> None:
    client = signed_in(librarian)
    for number in range(3):
        one, other = (Book.objects.create(title=f"T{number}").pk for _ in range(2))
        copy = Copy.objects.create(book_id=other, barcode=f"R{number}")
        bodies = [{"keep": one, "merged": other}, {"keep": other, "merged": one}]
        lend = {"copy": copy.barcode, "member": alice.member.card}
        acts: list[Act] = [partial(client.post, "/api/merges/", body) for body in bodies]
        *merges, lent = at_once(*acts, partial(client.post, "/api/loans/", lend))

        assert statuses(merges) in ([201, 400], [201, 409])
        assert lent.status_code == 201
        assert Loan.objects.get(copy=copy).copy.book == Book.objects.get(title=f"T{number}")
    assert list(verify.check()) == []


def test_nobody_waits_for_a_book_whose_last_copy_goes_at_the_same_moment(librarian: User, alice: User) -> None:
    desk, member = signed_in(librarian), signed_in(alice)
    for number in range(ROUNDS):
        copy = Copy.objects.create(book=Book.objects.create(title=f"T{number}"))
        gone, placed = at_once(
            partial(desk.delete, f"/api/copies/{copy.pk}/"),
            partial(member.post, "/api/holds/", {"book": copy.book_id}),
        )

        assert (gone.status_code, placed.status_code in (201, 409)) == (204, True)
    assert set(Hold.objects.values_list("state", flat=True)) <= {"refused"}
    assert list(verify.check()) == []
