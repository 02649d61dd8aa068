"""Events are kept for a set number of days; whoever comes again later is told that there is a gap."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookplate.catalog import books
from bookplate.core.models import Event
from bookplate.feed import own_data, reading
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


def happened(days: int, number: int) -> list[int]:
    """So many events, so many days ago."""
    at = timezone.now() - timedelta(days=days)
    return [Event.objects.create(type="book.added", at=at, audience="public").pk for _ in range(number)]


@pytest.mark.parametrize("at_once", [2, 3, 100])
def test_what_is_past_its_time_goes_however_much_there_is(
    settings: Any, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(own_data, "BATCH", at_once)
    settings.EVENT_DAYS = 30
    happened(31, 4)
    kept = happened(29, 2)

    assert own_data.tidy() == 4
    assert list(Event.objects.values_list("pk", flat=True)) == kept


def test_the_newest_stays_as_numbers_are_counted_from_it(settings: Any) -> None:
    settings.EVENT_DAYS = 30
    *_, newest = happened(31, 3)
    own_data.tidy()

    assert reading.latest() == newest
    books.add(title="Dune")
    assert reading.latest() > newest


def test_who_missed_what_is_gone_is_told(settings: Any, alice: User) -> None:
    settings.EVENT_DAYS = 30
    old, kept = happened(31, 3), happened(1, 2)

    def told(since: int) -> tuple[str | None, list[int]]:
        answer = signed_in(alice).get(f"/api/events/?since={since}")
        return answer.headers.get("Event-Gap"), [event["id"] for event in answer.json()]

    assert told(old[0]) == (None, [*old[1:], *kept])
    own_data.tidy()
    assert [told(since) for since in (old[1], old[2], kept[0], kept[1])] == [
        ("true", kept),
        (None, kept),
        (None, kept[1:]),
        (None, []),
    ]
    assert told(0) == (None, kept)
