"""Two books become one and two again: copies, loans, queues and offers come out right (`verify` agrees)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from bookplate.catalog.duplicates.models import Dismissal, Merge
from bookplate.catalog.models import Book, Copy, State
from bookplate.core.errors import RemovedMeanwhile
from bookplate.core.models import Event
from bookplate.lending import checkout, conditions, holds, merging, requests, unmerging, verify
from bookplate.lending.conditions import Condition
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

ISBN = "9780141439587"


@pytest.fixture
def client(librarian: User) -> APIClient:
    return signed_in(librarian)


@pytest.fixture
def twins() -> Iterator[tuple[Book, Book]]:
    """One book twice, each with a copy; in the end all agrees."""
    emma = Book.objects.create(title="Emma", author="Jane Austen", published_year=1815)
    again = Book.objects.create(title="Emma: a novel", author="Austen, Jane", isbn=ISBN, publisher="Penguin")
    Copy.objects.create(book=emma, barcode="E1")
    Copy.objects.create(book=again, barcode="A1")
    yield emma, again
    assert list(verify.check()) == []


def everything() -> dict[str, Any]:
    """All rows of books, copies, loans, holds and dismissals as they are now."""
    models = (Book, Copy, Loan, Hold, Dismissal)
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def queue_of(book: Book) -> list[str]:
    waits = Hold.objects.waiting().for_library().filter(book=book).with_place().select_related("member")
    return [hold.member.firstname for hold in sorted(waits, key=lambda hold: hold.place or 0)]


def test_all_becomes_one_book_and_the_old_number_leads_there(client: APIClient, twins: tuple[Book, Book]) -> None:
    emma, again = twins
    values = {"title": "merged", "publisher": "keep"}
    said = client.post("/api/merges/", {"keep": emma.pk, "merged": again.pk, "values": values})

    assert said.status_code == 201
    assert said.json() | {"at": ""} == {
        "id": said.json()["id"],
        "kept": emma.pk,
        "merged": again.pk,
        "title": "Emma: a novel",
        "at": "",
    }
    facts = Book.objects.values_list("id", "title", "author", "published_year", "isbn", "publisher")
    assert list(facts) == [(emma.pk, "Emma: a novel", "Jane Austen", 1815, ISBN, "")]
    assert {copy.barcode for copy in emma.copies.all()} == {"E1", "A1"}
    assert [row["id"] for row in client.get("/api/books/?search=novel").json()] == [emma.pk]
    old = client.get(f"/api/books/{again.pk}/")
    assert (old.status_code, old.headers["Location"], old.headers["Cache-Control"]) == (
        301,
        f"http://testserver/api/books/{emma.pk}/",
        "no-store",
    )
    for verb in ("put", "patch", "delete"):
        answer = getattr(client, verb)(f"/api/books/{again.pk}/", {"title": "T"})
        assert (answer.status_code, answer.json()["detail"]) == (404, f"This book is part of book {emma.pk} now.")
    told = Event.objects.order_by("id").values_list("type", "book")
    assert list(told) == [("book.removed", again.pk), ("book.merged", emma.pk)]


def test_what_is_missing_is_filled_unless_told_otherwise(twins: tuple[Book, Book]) -> None:
    emma, again = twins
    merging.merge(emma, again)

    emma.refresh_from_db()
    assert (emma.title, emma.isbn, emma.publisher) == ("Emma", ISBN, "Penguin")


def test_a_cover_goes_with_the_isbn_and_back(twins: tuple[Book, Book]) -> None:
    emma, again = twins
    Book.objects.filter(pk=again.pk).update(cover="a" * 32)
    merge = merging.merge(emma, again)
    assert Book.objects.get().cover == "a" * 32

    unmerging.undo(merge)
    assert list(Book.objects.order_by("pk").values_list("cover", flat=True)) == ["", "a" * 32]


def test_a_cover_stays_with_the_isbn_that_stays(twins: tuple[Book, Book]) -> None:
    emma, again = twins
    Book.objects.filter(pk=again.pk).update(cover="a" * 32)
    merging.merge(emma, again, {"isbn": "keep"})

    assert (Book.objects.get().isbn, Book.objects.get().cover) == (None, "")


@pytest.fixture
def busy(
    twins: tuple[Book, Book], alice: User, bob: User, carol: User, admin: User, assistant: User
) -> tuple[Book, Book]:
    """Loans open and over, a copy set aside, a queue at each, and a request between people."""
    emma, again = twins
    over = checkout.check_out(Copy.objects.get(barcode="A1"), carol.member, by=None)
    checkout.give_back(over)
    checkout.check_out(Copy.objects.get(barcode="E1"), alice.member, by=None)
    second = Copy.objects.create(book=again, barcode="A2")
    checkout.check_out(second, carol.member, by=None)
    now = timezone.now()
    for minutes, book, user in (
        (40, again, bob),
        (30, emma, admin),
        (20, again, admin),
        (15, again, assistant),
        (10, emma, carol),
    ):
        placed = holds.place(book, user.member)
        Hold.objects.filter(pk=placed.pk).update(placed_at=now - timedelta(minutes=minutes))
    holds.set_aside(Copy.objects.get(barcode="A1"))  # for bob
    mine = Copy.objects.create(book=again, barcode="M1", owner=alice, visibility="everyone")
    requests.ask(mine, bob.member)
    Dismissal.objects.create(first=emma, second=Book.objects.create(title="Emma", isbn="9780192837523"))
    Dismissal.objects.create(first=again, second=Book.objects.last() or emma)
    return twins


def test_loans_offers_and_requests_go_along_and_queues_become_one_in_the_order_of_their_dates(
    busy: tuple[Book, Book], client: APIClient
) -> None:
    emma, again = busy
    client.post("/api/merges/", {"keep": emma.pk, "merged": again.pk})

    assert {loan.copy.book for loan in Loan.objects.select_related("copy__book")} == {emma}
    active = Hold.objects.active().values_list("state", "member__firstname", "wanted__barcode", "copy__barcode")
    assert sorted(active, key=str) == [
        ("ready", "Bob", None, "A1"),
        ("waiting", "Admin", None, None),
        ("waiting", "Assistant", None, None),
        ("waiting", "Bob", "M1", None),
        ("waiting", "Carol", None, None),
    ]
    # Admin waited for both: the earlier place counts, and stays before carol's.
    assert queue_of(emma) == ["Admin", "Assistant", "Carol"]
    ended = Hold.objects.get(state=HoldState.CANCELLED)
    assert (ended.member.firstname, ended.ended_at is not None) == ("Admin", True)
    assert list(Event.objects.filter(type="hold.cancelled").values_list("book", flat=True)) == [emma.pk]
    assert client.post("/api/returns/", {"copies": ["E1"]}).status_code == 200
    assert Hold.objects.get(copy__barcode="E1").member.firstname == "Admin"


def test_undoing_gives_back_exactly_what_there_was(busy: tuple[Book, Book], client: APIClient) -> None:
    emma, again = busy
    before = everything()
    queues = [queue_of(book) for book in busy]
    merge = client.post("/api/merges/", {"keep": again.pk, "merged": emma.pk, "values": {"title": "merged"}})
    assert everything() != before

    assert client.delete(merge.headers["Location"]).status_code == 204
    assert without_ranks(everything()) == without_ranks(before)
    assert [queue_of(book) for book in busy] == queues
    assert client.get(f"/api/books/{emma.pk}/").status_code == 200
    assert [row["id"] for row in client.get("/api/books/?search=emma&author=jane").json()][:2] == [emma.pk, again.pk]
    assert [*client.get("/api/merges/").json()] == []
    assert client.delete(merge.headers["Location"]).status_code == 404


def without_ranks(rows: dict[str, Any]) -> dict[str, Any]:
    """They are only an order, which `queue_of` shows."""
    return rows | {"Hold": [{**hold, "rank": 0} for hold in rows["Hold"]]}


def test_what_happened_since_stays_and_goes_with_its_copy(twins: tuple[Book, Book], alice: User, bob: User) -> None:
    emma, again = twins
    merge = merging.merge(emma, again)
    kept = Book.objects.get()
    kept.subjects = "Classics"
    kept.save()
    loan = checkout.check_out(Copy.objects.get(barcode="A1"), alice.member, by=None)
    holds.place_on(Copy.objects.get(barcode="A1"), bob.member)
    Copy.objects.create(book=kept, barcode="E2")
    unmerging.undo(merge)

    assert [(book.title, book.isbn, book.subjects) for book in Book.objects.order_by("pk")] == [
        ("Emma", None, "Classics"),
        ("Emma: a novel", ISBN, ""),
    ]
    assert Hold.objects.get().book == again
    assert {copy.barcode: copy.book_id for copy in Copy.objects.all()} == {"E1": emma.pk, "E2": emma.pk, "A1": again.pk}
    assert checkout.give_back(loan).copy.state == State.HELD


def lend_across(emma: Book, alice: User, bob: User) -> None:
    """Bob, who waited for the merged book, has a copy of the kept one set aside."""
    holds.set_aside(Copy.objects.get(barcode="E1"))


def rename(emma: Book, alice: User, bob: User) -> None:
    Book.objects.filter(pk=emma.pk).update(isbn=None)
    Book.objects.create(title="Somebody's", isbn=ISBN)


def wait_for_nothing_else(emma: Book, alice: User, bob: User) -> None:
    Copy.objects.get(barcode="E1").delete()
    holds.place(emma, alice.member)


def withdraw(emma: Book, alice: User, bob: User) -> None:
    """The one that Bob waited for; now any will do for him."""
    conditions.set_condition(Copy.objects.get(barcode="A1"), Condition.WITHDRAWN)


def merge_on(emma: Book, alice: User, bob: User) -> None:
    merging.merge(Book.objects.create(title="Emma"), emma)


def remove(emma: Book, alice: User, bob: User) -> None:
    Hold.objects.all().delete()
    Copy.objects.all().delete()
    emma.delete()


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (lend_across, "Copy E1 is set aside for Bob Example, who waited for the other of the two books. "),
        (rename, f"“Somebody's” has the ISBN {ISBN} now. "),
        (wait_for_nothing_else, "Alice Example waits for “Emma”, and all copies that could end it would be the other"),
        (withdraw, "Bob Example waits for “Emma”, and all copies that could end it would be the other book’s. "),
        (merge_on, "The book that “Emma: a novel” became part of was merged with another since. "),
        (remove, "The book that “Emma: a novel” became part of was removed since."),
    ],
)
def test_what_makes_it_impossible_is_told(
    twins: tuple[Book, Book],
    client: APIClient,
    alice: User,
    bob: User,
    meanwhile: Callable[[Book, User, User], None],
    words: str,
) -> None:
    emma, again = twins
    holds.place(again, bob.member)
    merge = merging.merge(emma, again)
    meanwhile(Book.objects.get(), alice, bob)
    before = everything()

    answer = client.delete(f"/api/merges/{merge.pk}/")
    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/merge-stands")
    assert answer.json()["detail"].startswith(words)
    assert everything() == before


def test_two_merges_are_undone_the_later_first(twins: tuple[Book, Book], client: APIClient) -> None:
    emma, again = twins
    third = Book.objects.create(title="Emma")
    first, second = merging.merge(emma, again), merging.merge(third, emma)

    assert client.get(f"/api/books/{again.pk}/").headers["Location"].endswith(f"/{third.pk}/")
    assert client.delete(f"/api/merges/{first.pk}/").status_code == 409
    assert client.delete(f"/api/merges/{second.pk}/").status_code == 204
    assert client.delete(f"/api/merges/{first.pk}/").status_code == 204
    assert {copy.barcode: copy.book_id for copy in Copy.objects.all()} == {"E1": emma.pk, "A1": again.pk}


def test_a_member_for_whom_both_are_ready_comes_first(twins: tuple[Book, Book], client: APIClient, alice: User) -> None:
    for copy in Copy.objects.select_related("book"):
        holds.place(copy.book, alice.member)
        holds.set_aside(copy)
    answer = client.post("/api/merges/", {"keep": twins[0].pk, "merged": twins[1].pk})

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/ready-twice")
    assert Book.objects.count() == 2


def test_the_ready_one_of_two_holds_stays_even_if_it_came_later(twins: tuple[Book, Book], alice: User) -> None:
    emma, again = twins
    holds.place(emma, alice.member)
    ready = holds.place(again, alice.member)
    holds.set_aside(Copy.objects.get(barcode="A1"))
    merge = merging.merge(emma, again)

    assert Hold.objects.active().get() == ready
    unmerging.undo(merge)
    assert queue_of(emma) == ["Alice"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"keep": 0, "merged": 0}, "keep"),
        ({"keep": "same", "merged": "same"}, "merged"),
        ({"keep": "same", "merged": "other", "values": {"id": "merged"}}, "values"),
        ({"keep": "same", "merged": "other", "values": {"title": "Something"}}, "values"),
    ],
)
def test_a_wrong_merge_is_named(client: APIClient, twins: tuple[Book, Book], body: Any, field: str) -> None:
    named = {"same": twins[0].pk, "other": twins[1].pk}
    answer = client.post("/api/merges/", {name: named.get(str(value), value) for name, value in body.items()})

    assert (answer.status_code, field in answer.json()["errors"]) == (400, True)
    assert Book.objects.count() == 2


def test_the_second_of_two_merges_of_one_book_is_told(twins: tuple[Book, Book]) -> None:
    """Both were read before either began; they lock the smaller number first."""
    emma, again = twins
    merging.merge(emma, again)

    with pytest.raises(RemovedMeanwhile, match="“Emma: a novel” was removed or merged"):
        merging.merge(again, emma)


def test_a_desk_that_read_copy_and_hold_before_the_merge_goes_on(
    twins: tuple[Book, Book], alice: User, bob: User
) -> None:
    emma, again = twins
    copy, hold = Copy.objects.select_related("book").get(barcode="A1"), holds.place(again, bob.member)
    hold.book  # noqa: B018  # read now
    merging.merge(emma, again)

    assert holds.suspend(hold, timezone.localdate() + timedelta(days=1)).book == emma
    assert checkout.check_out(copy, alice.member, by=None).copy.book == emma


def test_all_that_hangs_on_a_book_is_moved_or_kept() -> None:
    """Whoever adds a table that points at books decides here what a merge does with it."""
    related = {(rel.related_model.__name__, rel.on_delete.__name__) for rel in Book._meta.related_objects}  # type: ignore[union-attr]

    moved, kept_for_the_undo = (
        {("Copy", "PROTECT"), ("Hold", "PROTECT")},
        {("Dismissal", "CASCADE"), ("KeptMarc", "CASCADE")},
    )
    assert related == moved | kept_for_the_undo
    assert Merge.objects.count() == 0
