"""What happened, by polling."""

import pytest
from pytest_django import DjangoAssertNumQueries

from bookplate.catalog import books, copies
from bookplate.catalog.models import Book
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


def test_events_are_told_from_since_on(alice: User) -> None:
    first, second = books.add(title="One"), books.add(title="Two")
    events = signed_in(alice).get("/api/events/").json()

    assert [(event["type"], event["book"]) for event in events] == [("book.added", first.pk), ("book.added", second.pk)]
    assert signed_in(alice).get(f"/api/events/?since={events[0]['id']}").json() == events[1:]
    assert signed_in(alice).get(f"/api/events/?since={events[1]['id']}").json() == []


def test_a_hidden_copy_is_not_told(alice: User, carol: User, book: Book) -> None:
    copies.add(book, owner=carol, visibility="owner")

    assert signed_in(alice).get("/api/events/").json() == []
    assert [event["type"] for event in signed_in(carol).get("/api/events/").json()] == ["copy.added"]


@pytest.mark.parametrize("since", ["-1", "x", "1e3", str(2**63)])
def test_a_since_that_is_no_number_is_named(alice: User, since: str) -> None:
    answer = signed_in(alice).get("/api/events/", {"since": since})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["since"])


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_events_is_as_few_queries_for_many(
    alice: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        books.add(title=f"B{number}")
    client = signed_in(alice)

    with django_assert_num_queries(5):
        assert len(client.get("/api/events/").json()) == rows
