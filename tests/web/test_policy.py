"""The pages of the policy."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from bookplate.lending import rules
from bookplate.lending.models import GroupTerms
from bookplate.people.models import User

Visit = Callable[[User | None], Client]

FINE: dict[str, Any] = {"loan_days": 28, "short_days": 2, "loans_at_once": 5, "renewals": 1, "hold_days": 4}
FINE |= {"remind_before": 3, "remind_on_day": "on", "remind_overdue": 0, "remind_hour": 9}


def test_a_librarian_changes_what_the_library_allows(visit: Visit, librarian: User) -> None:
    client = visit(librarian)
    days = {"closed_weekdays": ["7", "1"], "closed_dates": "2026-12-26\n\n2026-12-25 "}
    answer = client.post("/policy/", FINE | days, follow=True)

    policy = rules.current()
    assert "This is what the library allows from now on." in answer.text
    assert (policy.loan_days, policy.short_days, policy.loans_at_once, policy.renewals, policy.hold_days) == (
        28,
        2,
        5,
        1,
        4,
    )
    assert (policy.closed_weekdays, policy.closed_dates) == ("17", ["2026-12-25", "2026-12-26"])
    assert (policy.members_lend, policy.remind_before, policy.remind_overdue) == (False, 3, 0)
    assert "2026-12-25\n2026-12-26" in answer.text
    assert answer.text.count("checked") == 3


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"loan_days": 0}, "Ensure this value is greater than or equal to 1."),
        ({"closed_dates": "Christmas"}, "“Christmas” is no day."),
        ({"closed_weekdays": list("1234567")}, "The library must be open on some day of the week."),
    ],
)
def test_a_mistake_is_named_and_nothing_changes(
    visit: Visit, librarian: User, wrong: dict[str, Any], words: str
) -> None:
    answer = visit(librarian).post("/policy/", FINE | wrong)

    assert (answer.status_code, words in answer.text, rules.current().hold_days) == (400, True, 7)


def test_the_terms_of_a_group(visit: Visit, librarian: User, alice: User) -> None:
    client, address = visit(librarian), f"/policy/groups/{alice.group_id}/"

    assert "60 days." in client.post(address, {"loan_days": "60", "renewals": "0"}, follow=True).text
    assert GroupTerms.objects.values_list("loan_days", "renewals", "short_days").get() == (60, 0, None)
    assert client.post(address, {"loan_days": "0"}).status_code == 400
    assert "60 days." not in client.post(address, {}, follow=True).text
    assert GroupTerms.objects.count() == 0
