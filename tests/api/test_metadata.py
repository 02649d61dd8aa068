"""/api/metadata/<isbn>/ (G24)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from bookplate.catalog.metadata.answers import KEPT, tidy
from bookplate.catalog.metadata.models import Answer
from bookplate.people import scripts
from bookplate.people.models import User
from tests.cast import signed_in
from tests.upstream import DUNE, Upstream, google, open_library

DUNE_HERE = f"/api/metadata/{DUNE}/"


@pytest.fixture
def client(alice: User) -> APIClient:
    return signed_in(alice)


def test_it_tells_what_is_known_and_where_each_value_came_from(
    client: APIClient, upstream: Upstream, settings: Any
) -> None:
    settings.METADATA_SOURCES = ["openlibrary", "google"]
    upstream.says(open_library(publishers=[], subjects=[]), path="/api")
    upstream.says(google(categories=["Fiction"]), path="/books")

    answer = client.get("/api/metadata/0-441-17271-7/")

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "isbn": DUNE,
            "title": "Dune",
            "author": "Frank Herbert",
            "published_year": 2005,
            "publisher": "Penguin",
            "edition": "",
            "language": "en",
            "subjects": "Fiction",
            "sources": dict.fromkeys(["title", "author", "published_year", "language"], "openlibrary")
            | dict.fromkeys(["publisher", "subjects"], "google"),
        },
    )


def test_what_was_answered_once_is_not_asked_again(client: APIClient, upstream: Upstream) -> None:
    upstream.says(open_library())
    first = client.get(DUNE_HERE)
    upstream.says({}, status=500)

    assert client.get(DUNE_HERE).json() == first.json()
    assert client.head(DUNE_HERE).status_code == 200
    assert len(upstream.asked) == 1


def test_no_such_book_is_remembered_for_a_week(client: APIClient, upstream: Upstream) -> None:
    upstream.says({})
    answers = [client.get(DUNE_HERE) for _ in range(2)]
    assert [answer.json()["type"] for answer in answers] == ["/api/problems/no-source-knows"] * 2
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len(upstream.asked) == 1

    upstream.says(open_library())
    Answer.objects.update(asked_at=timezone.now() - timedelta(days=6))
    assert client.get(DUNE_HERE).status_code == 404
    Answer.objects.update(asked_at=timezone.now() - timedelta(days=7))
    assert client.get(DUNE_HERE).status_code == 200


def test_a_failure_is_not_remembered_as_no_such_book(client: APIClient, upstream: Upstream) -> None:
    upstream.says({}, status=500)
    failed = client.get(DUNE_HERE)
    assert (failed.status_code, failed["Retry-After"], failed.json()["type"]) == (
        503,
        "30",
        "/api/problems/sources-away",
    )
    assert failed.json()["detail"] == (
        "It could not be looked up (Open Library: it answers with 500). Describe it yourself, or try again later."
    )
    assert not Answer.objects.exists()

    upstream.says(open_library())
    assert client.get(DUNE_HERE).json()["title"] == "Dune"


def test_one_that_knows_nothing_beside_one_that_failed_is_no_answer(
    client: APIClient, upstream: Upstream, settings: Any
) -> None:
    settings.METADATA_SOURCES = ["openlibrary", "google"]
    upstream.says({}, path="/api")
    upstream.says({}, path="/books", status=503, Retry_After="120")

    answer = client.get(DUNE_HERE)

    assert (answer.status_code, answer["Retry-After"]) == (503, "120")
    assert list(Answer.objects.values_list("source", "values")) == [("openlibrary", None)]


def test_old_answers_are_forgotten(client: APIClient, upstream: Upstream) -> None:
    upstream.says(open_library())
    client.get(DUNE_HERE)
    assert tidy() == 0

    Answer.objects.update(asked_at=timezone.now() - KEPT - timedelta(seconds=1))
    upstream.says(open_library(title="Dune again"))

    assert client.get(DUNE_HERE).json()["title"] == "Dune again"
    Answer.objects.update(asked_at=timezone.now() - KEPT - timedelta(seconds=1))
    assert tidy() == 1


@pytest.mark.parametrize("isbn", ["1", "978044117271X", "9780441172710", "%20", "x" * 300, "..%2F..%2Fadmin"])
def test_what_is_no_isbn_is_not_asked_about(client: APIClient, upstream: Upstream, isbn: str) -> None:
    answer = client.get(f"/api/metadata/{isbn}/")

    assert answer.status_code in (400, 404)
    assert upstream.asked == []


def test_it_can_be_turned_off(client: APIClient, upstream: Upstream, settings: Any) -> None:
    settings.METADATA_SOURCES = []

    answer = client.get(DUNE_HERE)

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/look-up-is-off")
    assert upstream.asked == []


def test_who_is_not_signed_in_or_holds_another_scope_asks_nobody(alice: User, upstream: Upstream) -> None:
    reading = APIClient(HTTP_AUTHORIZATION=f"Bearer {scripts.make(alice, 'reader', ['read'], 1)[1]}")

    assert APIClient().get(DUNE_HERE).status_code == 401
    assert reading.get(DUNE_HERE).status_code == 403
    assert upstream.asked == []


def test_a_known_book_costs_few_queries(client: APIClient, upstream: Upstream) -> None:
    upstream.says(open_library())
    client.get(DUNE_HERE)

    with CaptureQueriesContext(connection) as captured:
        client.get(DUNE_HERE)

    assert len(captured) == 3  # who asks, what is known, and that once more
