"""How much waits for somebody, beside the places where they see to it."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from bookplate.people.models import User

Visit = Callable[[User | None], Client]


def counted(page: str) -> dict[str, str]:
    found = re.findall(r'<span id="notice-(\w+)"[^>]*>(\d* ?)', page)
    return {name: number.strip() for name, number in found}


@pytest.mark.parametrize("address", ["/notices/", "/account/"])
def test_everybody_has_their_own_numbers(
    visit: Visit, waits: dict[str, int], alice: User, bob: User, carol: User, address: str
) -> None:
    bob.requests_made.create(asked=carol)

    # A book is set aside for alice, bob asks her for one of hers, and carol to be friends.
    assert counted(visit(alice).get(address).text) == {"loans": "1", "shelf": "1", "people": ""}
    assert counted(visit(bob).get(address).text) == {"loans": "", "shelf": "", "people": ""}
    assert counted(visit(carol).get(address).text) == {"loans": "", "shelf": "", "people": "1"}


def test_who_is_not_signed_in_has_none(visit: Visit, db: None) -> None:
    assert counted(visit(None).get("/").text) == {}
