"""Events are written with the change, and told after its commit or not at all."""

import logging
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from redis.exceptions import ConnectionError as RedisConnectionError

from bookplate.catalog import books
from bookplate.catalog.models import Book
from bookplate.core import events
from bookplate.core.errors import Conflict
from bookplate.core.events import Note
from bookplate.core.models import Audience, Event

PUBLIC = (Audience.PUBLIC, None)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """At each wake-up of the readers: the types of the events that were there to be read."""
    seen: list[list[str]] = []

    async def group_send(group: str, message: dict[str, Any]) -> None:
        assert (group, message) == (events.GROUP, {"type": "events.new"})
        seen.append(await types())

    reach_others(monkeypatch, group_send)
    return seen


def reach_others(monkeypatch: pytest.MonkeyPatch, group_send: Callable[[str, dict[str, Any]], Awaitable[None]]) -> None:
    """As a layer between processes does; the one in memory reaches nobody from where no server runs."""
    monkeypatch.setattr(events, "get_channel_layer", lambda: SimpleNamespace(group_send=group_send))


async def types() -> list[str]:
    return [type async for type in Event.objects.values_list("type", flat=True)]


def in_table() -> list[tuple[str, str, int | None, int | None, int | None]]:
    return list(Event.objects.values_list("type", "audience", "audience_of", "book", "copy"))


@pytest.mark.django_db
def test_what_is_recorded_is_there(woken: list[list[str]], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        events.record("book.added", PUBLIC, book=7)
        events.record_all([Note("copy.added", (Audience.GROUP, 3), 7, copy) for copy in (1, 2)])
        events.record_all([])

    assert in_table() == [
        ("book.added", "public", None, 7, None),
        ("copy.added", "group", 3, 7, 1),
        ("copy.added", "group", 3, 7, 2),
    ]
    numbers = [event.pk for event in Event.objects.all()]
    assert numbers == sorted(numbers)
    assert (len(callbacks), woken) == (2, [])


@pytest.mark.django_db(transaction=True)
def test_readers_are_woken_after_the_commit(woken: list[list[str]]) -> None:
    with transaction.atomic():
        events.record("book.added", PUBLIC)
        events.record("book.changed", PUBLIC)
        assert woken == []

    assert woken == [["book.added", "book.changed"]] * 2


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_tells_nothing(woken: list[list[str]]) -> None:
    with pytest.raises(Conflict), transaction.atomic():
        books.add(title="Dune")
        raise Conflict("not today")

    assert (in_table(), list(Book.objects.all()), woken) == ([], [], [])


@pytest.mark.django_db(transaction=True)
def test_a_part_that_is_rolled_back_takes_only_its_own_event(woken: list[list[str]]) -> None:
    with transaction.atomic():
        dune = books.add(title="Dune")
        with pytest.raises(Conflict), transaction.atomic():
            books.add(title="Emma")
            raise Conflict("not today")

    assert in_table() == [("book.added", "public", None, dune.pk, None)]
    assert woken == [["book.added"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [ConnectionRefusedError("gone"), RedisConnectionError("gone"), TimeoutError()])
def test_a_layer_that_is_away_does_not_undo_the_change(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    async def group_send(group: str, message: dict[str, Any]) -> None:
        raise error

    reach_others(monkeypatch, group_send)
    with caplog.at_level(logging.WARNING):
        dune = books.add(title="Dune")

    assert in_table() == [("book.added", "public", None, dune.pk, None)]
    assert [record.getMessage() for record in caplog.records] == [
        f"Live events are late, the channel layer is away: {str(error) or 'no answer'}"
    ]
