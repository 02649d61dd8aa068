"""The page that fills in what the catalogue's books lack."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_tasks_db.models import DBTaskResult

from bookplate.catalog.metadata.models import Filling, State
from bookplate.catalog.models import Book
from bookplate.people.models import User
from tests.upstream import DUNE, Upstream
from tests.web.conftest import htmx

Visit = Callable[[User | None], Client]


@pytest.fixture
def client(visit: Visit, librarian: User, upstream: Upstream) -> Client:
    Book.objects.create(title="Dune", isbn=DUNE)
    return visit(librarian)


def test_a_librarian_begins_a_round_sees_how_far_it_is_and_cancels_it(client: Client, librarian: User) -> None:
    assert "<b>1</b> book with an ISBN lacks" in " ".join(client.get("/fillings/").text.split())

    answer = client.post("/fillings/", follow=True)
    job = Filling.objects.get()
    assert (job.by, job.total, DBTaskResult.objects.count()) == (librarian, 1, 1)
    assert 'hx-trigger="every 2s"' in answer.text
    assert '<p id="said" class="visually-hidden" role="status"></p>' in answer.text
    assert "<b>0</b> of 1 book looked up" in client.get("/fillings/", **htmx("filling")).text

    client.post(f"/fillings/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    part = client.get("/fillings/", **htmx("filling")).text
    assert "Cancelled: 0 books looked up" in part
    assert "every 2s" not in part


def test_what_stopped_a_round_is_told_and_read_out_where_it_was_watched(client: Client) -> None:
    problem = "No source answers."
    Filling.objects.create(state=State.FAILED, total=9, done=5, failed=2, problem=problem)

    part = " ".join(client.get("/fillings/", **htmx("filling")).text.split())
    assert "0 covers, 2 could not be asked about. No source answers." in part
    assert part.endswith(
        '<p hx-swap-oob="innerHTML:#said"> Stopped by a problem: 5 books looked up. No source answers. </p>'
    )


def test_a_second_round_waits_for_the_first(client: Client) -> None:
    client.post("/fillings/")

    assert "A round is under way already." in client.post("/fillings/", follow=True).text
    assert Filling.objects.count() == 1


def test_where_nobody_is_asked_there_is_nothing_to_begin(client: Client, settings: Any) -> None:
    settings.METADATA_SOURCES = []

    assert "Look them up" not in client.get("/fillings/").text
    assert "turned off in this library" in client.post("/fillings/", follow=True).text
