"""What becomes of a channel layer harms no change, and is said in the log (G35)."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from django.db import OperationalError
from redis.exceptions import ConnectionError as NoRedis

from bookplate.core import events
from bookplate.live import hub


async def frozen() -> None:
    await asyncio.sleep(60)


async def gone() -> None:
    raise NoRedis("Connection refused")


async def broken() -> None:
    raise RuntimeError("a fault of ours")


@pytest.mark.parametrize(
    ("become", "said"),
    [(frozen, "away: no answer"), (gone, "away: Connection refused"), (broken, "a fault of ours")],
)
def test_whatever_becomes_of_the_layer_is_said(
    become: Callable[[], Coroutine[Any, Any, None]],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Layer:
        async def group_send(self, group: str, message: object) -> None:
            await become()

    monkeypatch.setattr(events, "get_channel_layer", Layer)
    monkeypatch.setattr(events, "SECONDS_TO_TELL", 0.05)
    asyncio.run(events._wake())

    assert said in caplog.text


def test_a_database_that_is_away_is_said(caplog: pytest.LogCaptureFixture) -> None:
    async def away() -> None:
        raise OperationalError("server closed the connection")

    asyncio.run(hub._whatever_happens(away()))

    assert "Live events wait for the database: server closed the connection" in caplog.text
