"""All webhooks are served at once: a receiver that takes its time waits alone, and a stop loses nothing."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import connections

from bookplate.catalog import books
from bookplate.feed import courier, webhooks
from bookplate.people.models import User
from tests.receiver import Received, Receiver, Reply, receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receivers(settings: Any, librarian: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Receiver]]:
    """Three, each with a webhook, that nobody gives up on because this machine is slow."""
    monkeypatch.setattr(courier, "SECONDS", 100.0)
    settings.REACHABLE_NETWORKS = [ip_network("127.0.0.1")]
    with ExitStack() as stack:
        receivers = [stack.enter_context(receiving()) for _ in range(3)]
        for receiver in receivers:
            webhooks.add(librarian, receiver.url(), ["book.added"])
        yield receivers


@contextmanager
def carrying() -> Iterator[None]:
    over = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(serve(over)))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def serve(over: threading.Event) -> None:
    await courier.Courier().run(over)
    await database_sync_to_async(connections.close_all)()


def heard(receiver: Receiver) -> int:
    """How many events; one may come twice."""
    return len({received.headers["webhook-id"] for received in list(receiver.got)})


def wait_until(is_true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_slow_receiver_waits_alone(receivers: list[Receiver]) -> None:
    slow, *quick = receivers
    goes_on = threading.Event()

    def dawdle(_: Received) -> Reply:
        goes_on.wait(60)
        return Reply()

    slow.reply = dawdle
    for title in ("Dune", "Emma"):
        books.add(title=title)
    with carrying():
        wait_until(lambda: heard(slow) == 1 and all(heard(one) == 2 for one in quick))
        goes_on.set()
        wait_until(lambda: heard(slow) == 2)


def test_one_stopped_goes_on_with_the_next(receivers: list[Receiver]) -> None:
    books.add(title="Dune")
    with carrying():
        wait_until(lambda: all(heard(one) == 1 for one in receivers))
    books.add(title="Emma")
    with carrying():
        wait_until(lambda: all(heard(one) == 2 for one in receivers))
