"""/api/fillings/: rounds that fill in what the catalogue's books lack."""

from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from bookplate.catalog.metadata import filling
from bookplate.catalog.metadata.models import Filling
from bookplate.catalog.models import Book
from bookplate.people.models import User
from tests.cast import signed_in
from tests.upstream import DUNE, Upstream, open_library


@pytest.fixture
def client(librarian: User) -> APIClient:
    return signed_in(librarian)


def test_a_round_is_begun_and_fills_in_what_was_empty(client: APIClient, upstream: Upstream, settings: Any) -> None:
    settings.METADATA_PAUSE = 0
    upstream.says(open_library(DUNE))
    dune = Book.objects.create(title="My Dune", isbn=DUNE)
    begun = client.post("/api/fillings/")
    assert (begun.status_code, begun.json()["state"], begun.json()["total"]) == (201, "running", 1)
    assert (begun.json()["percent"], DBTaskResult.objects.count()) == (0, 1)

    again = client.post("/api/fillings/")
    assert (again.status_code, again.json()["type"]) == (409, "/api/problems/filling-runs")
    filling.fill_missing.call(begun.json()["id"])
    now = client.get(begun["Location"]).json()
    assert [now[name] for name in ("state", "percent", "done", "filled", "failed")] == ["done", 100, 1, 1, 0]
    dune.refresh_from_db()
    assert (dune.title, dune.author) == ("My Dune", "Frank Herbert")


def test_a_round_is_cancelled_once(client: APIClient, upstream: Upstream) -> None:
    Book.objects.create(title="Dune", isbn=DUNE)
    address = client.post("/api/fillings/")["Location"]

    for _ in range(2):
        answer = client.post(f"{address}cancel/")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    filling.fill_missing.call(answer.json()["id"])
    assert (client.get(address).json()["done"], upstream.asked) == (0, [])


def test_where_nobody_is_asked_there_is_nothing_to_begin(client: APIClient, settings: Any) -> None:
    settings.METADATA_SOURCES = []
    answer = client.post("/api/fillings/")

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/look-up-is-off")
    assert not Filling.objects.exists()


@pytest.mark.parametrize("rounds", [1, 3])
def test_the_list_takes_the_same_queries(
    client: APIClient, rounds: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = [Filling.objects.create(state="done").pk for _ in range(rounds)]
    client.get("/api/fillings/")
    with django_assert_num_queries(2):
        assert [row["id"] for row in client.get("/api/fillings/").json()] == made[::-1]
