"""A receiver, and a webhook of the librarian's that leads to it."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from bookplate.feed import webhooks
from bookplate.feed.models import Webhook
from bookplate.people.models import User
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.REACHABLE_NETWORKS = [ip_network("127.0.0.1")]
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hook(receiver: Receiver, librarian: User) -> Webhook:
    return webhooks.add(librarian, receiver.url())[0]
