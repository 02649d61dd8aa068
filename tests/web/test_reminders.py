"""The pages of reminders: what goes, what went, and how one wants one's own."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bookplate.core.models import Event
from bookplate.lending import reminders, rules
from bookplate.lending.models import Loan
from bookplate.people.models import User

Visit = Callable[[User | None], Client]


def rows(html: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    section = html.partition(f">{heading}</h2>")[2].partition("</section>")[0]
    lines = re.findall(r"<tr>(.*?)</tr>", section.partition("<tbody>")[2], re.DOTALL)
    return [[" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in line.split("</td>")[:-1]] for line in lines]


@pytest.fixture
def overdue(loan: Loan) -> Loan:
    rules.change(remind_hour=0)
    Loan.objects.update(due_at=timezone.now() - timedelta(days=400))
    return Loan.objects.get()


def test_the_desk_sees_what_goes_and_then_what_went(visit: Visit, assistant: User, overdue: Loan) -> None:
    client = visit(assistant)
    line = ["Alice Example", "The Left Hand of Darkness", "Overdue"]
    before = client.get("/desk/reminders/").text
    assert [row[:3] for row in rows(before, "What goes today")] == [line]
    assert ("No reminder was sent yet." in before, rows(before, "What went")) == (True, [])
    assert reminders.send_due() == 1

    after = client.get("/desk/reminders/").text
    assert rows(after, "What goes today") == []
    assert [[*row[1:4], row[5]] for row in rows(after, "What went")] == [[*line, "Sent"]]


def test_everybody_chooses(visit: Visit, alice: User, assistant: User, overdue: Loan) -> None:
    client = visit(alice)
    assert '<option value="digest" selected>' in client.get("/account/reminders/").text
    assert client.post("/account/reminders/", {"how": "often"}).status_code == 400
    answer = client.post("/account/reminders/", {"how": "none"}, follow=True)

    assert "Reminders: no reminders." in answer.text
    assert '<option value="none" selected>' in client.get("/account/reminders/").text
    assert rows(visit(assistant).get("/desk/reminders/").text, "What goes today") == []
    assert Event.objects.filter(type="reminders.chosen").values_list("audience", "audience_of", "by").get() == (
        "user",
        alice.pk,
        alice.pk,
    )


def test_who_has_no_address_is_told_so(visit: Visit, alice: User) -> None:
    words = "no reminder reaches you"
    assert words not in visit(alice).get("/account/reminders/").text
    User.objects.update(email="")
    assert words in visit(alice).get("/account/reminders/").text
