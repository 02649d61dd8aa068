"""What the library allows, over the API."""

from typing import Any

import pytest

from bookplate.core.models import Event
from bookplate.lending import rules
from bookplate.lending.models import Policy
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

ADDRESS = "/api/policy/"


def test_everybody_signed_in_may_know_it(alice: User) -> None:
    assert signed_in(alice).get(ADDRESS).json() == {
        "loan_days": 21,
        "short_days": 3,
        "loans_at_once": 20,
        "renewals": 2,
        "hold_days": 7,
        "closed_weekdays": [],
        "closed_dates": [],
        "members_lend": True,
        "remind_before": 2,
        "remind_on_day": True,
        "remind_overdue": 7,
        "remind_hour": 8,
        "groups": [],
    }


def test_a_librarian_changes_it(librarian: User, alice: User) -> None:
    client = signed_in(librarian)
    terms = {"group": alice.group_id, "loan_days": 60, "short_days": None, "loans_at_once": None, "renewals": 0}
    dates = ["2026-12-26", "2026-12-25", "2026-12-26"]
    body = {"closed_weekdays": ["sunday", "monday"], "closed_dates": dates, "groups": [terms]}
    answer = client.patch(ADDRESS, body)

    assert answer.status_code == 200
    changed = {"closed_weekdays": ["monday", "sunday"], "closed_dates": ["2026-12-25", "2026-12-26"], "groups": [terms]}
    assert {name: answer.json()[name] for name in changed} == changed
    assert client.get(ADDRESS).json() == answer.json()
    assert set(Event.objects.values_list("type", "by", "audience")) == {("policy.changed", librarian.pk, "staff")}
    assert client.patch(ADDRESS, {"groups": []}).json()["groups"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"loan_days": 0}, "loan_days"),
        ({"loan_days": None}, "loan_days"),
        ({"loans_at_once": 10_001}, "loans_at_once"),
        ({"renewals": -1}, "renewals"),
        ({"hold_days": "soon"}, "hold_days"),
        ({"closed_weekdays": ["caturday"]}, "closed_weekdays"),
        ({"closed_weekdays": "sunday"}, "closed_weekdays"),
        ({"closed_dates": ["Christmas"]}, "closed_dates"),
        ({"groups": [{"group": 987_654}]}, "groups"),
        ({"groups": [{"loan_days": 1}]}, "groups"),
        ({"groups": {"group": 1}}, "groups"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_changes(librarian: User, body: dict[str, Any], field: str) -> None:
    answer = signed_in(librarian).patch(ADDRESS, body | {"short_days": 9})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert rules.current().short_days == 3


def test_the_library_is_open_on_some_day(librarian: User) -> None:
    week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    client = signed_in(librarian)

    assert client.patch(ADDRESS, {"closed_weekdays": week}).status_code == 400
    assert client.patch(ADDRESS, {"closed_weekdays": week[1:]}).status_code == 200


def test_a_group_is_named_once(librarian: User) -> None:
    body = {"groups": [{"group": librarian.group_id, "loan_days": days} for days in (1, 2)]}

    assert list(signed_in(librarian).patch(ADDRESS, body).json()["errors"]) == ["groups"]


def test_nobody_else_changes_it(alice: User, assistant: User) -> None:
    for user in (alice, assistant):
        assert signed_in(user).patch(ADDRESS, {"loan_days": 1}).status_code == 403
    assert Policy.objects.count() == 0


def test_it_is_not_overwritten_unseen(librarian: User) -> None:
    client = signed_in(librarian)
    tag = client.get(ADDRESS).headers["ETag"]
    first = client.patch(ADDRESS, {"loan_days": 10}, headers={"If-Match": tag})
    second = client.patch(ADDRESS, {"loan_days": 11}, headers={"If-Match": tag})

    assert (first.status_code, second.status_code, rules.current().loan_days) == (200, 412, 10)


@pytest.mark.parametrize(
    ("field", "day", "most"), [("closed_weekdays", "friday", 7), ("closed_dates", "2026-12-25", 1000)]
)
def test_a_day_named_too_often_is_refused(librarian: User, field: str, day: str, most: int) -> None:
    client = signed_in(librarian)
    answers = [client.patch("/api/policy/", {field: [day] * times}) for times in (most, most + 1)]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["errors"] == {field: [f"Name at most {most} days."]}
