"""Which reminders one gets, over the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookplate.core.models import Event
from bookplate.lending import reminders, rules
from bookplate.lending.models import Loan
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

ADDRESS = "/api/users/me/reminders/"


def test_everybody_chooses_for_themself(alice: User, bob: User) -> None:
    client = signed_in(alice)
    assert client.get(ADDRESS).json() == {"how": "digest"}
    answer = client.put(ADDRESS, {"how": "each"})

    assert (answer.status_code, answer.json(), client.get(ADDRESS).json()) == (200, {"how": "each"}, {"how": "each"})
    assert signed_in(bob).get(ADDRESS).json() == {"how": "digest"}
    assert Event.objects.values_list("type", "audience", "audience_of").get() == ("reminders.chosen", "user", alice.pk)


def test_who_wants_none_gets_none(alice: User, loan: Loan, mailoutbox: list[Any]) -> None:
    rules.change(remind_hour=0)
    Loan.objects.update(due_at=timezone.now() - timedelta(days=400))
    client = signed_in(alice)
    client.put(ADDRESS, {"how": "none"})
    assert (reminders.send_due(), mailoutbox) == (0, [])

    client.put(ADDRESS, {"how": "digest"})
    assert reminders.send_due() == 1


@pytest.mark.parametrize("body", [{}, {"how": "often"}, {"how": None}])
def test_what_is_no_choice_changes_nothing(alice: User, body: dict[str, Any]) -> None:
    client = signed_in(alice)
    answer = client.put(ADDRESS, body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["how"])
    assert (client.get(ADDRESS).json(), Event.objects.count()) == ({"how": "digest"}, 0)
