import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from bookplate.catalog.models import Copy
from bookplate.lending import holds
from bookplate.lending.models import Loan
from bookplate.people.models import User

Visit = Callable[[User | None], Client]


def states(text: str) -> list[str]:
    return re.findall(r'class="state [a-z]+">([^<]*)<', text)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-3, "3 days overdue"),
        (-1, "one day overdue"),
        (0, "due today"),
        (1, "due tomorrow"),
        (9, "due in 9 days"),
    ],
)
def test_due_date_is_said_in_words(days: int, words: str, visit: Visit, alice: User, loan: Loan) -> None:
    Loan.objects.update(due_at=timezone.now() + timedelta(days=days))

    assert states(visit(alice).get("/my/loans/").text) == [words]


def test_one_sees_only_ones_own(visit: Visit, loan: Loan, alice: User, bob: User, assistant: User) -> None:
    seen = {user.username: "The Left Hand" in visit(user).get("/my/loans/").text for user in (alice, bob, assistant)}

    assert seen == {"alice": True, "bob": False, "assistant": False}


def test_renewing_moves_the_due_date_until_the_limit(visit: Visit, alice: User, loan: Loan) -> None:
    client = visit(alice)

    for _ in range(settings.RENEWALS):
        assert "is yours until" in client.post(f"/my/loans/{loan.pk}/renew/", follow=True).text

    assert "as often as is allowed" in client.post(f"/my/loans/{loan.pk}/renew/", follow=True).text
    assert Loan.objects.get().renewals == settings.RENEWALS


def test_loan_of_the_past_is_no_longer_there(visit: Visit, alice: User, loan: Loan) -> None:
    Loan.objects.update(returned_at=timezone.now())

    assert "Nothing is borrowed" in visit(alice).get("/my/loans/").text
    assert visit(alice).post(f"/my/loans/{loan.pk}/renew/").status_code == 404


def test_holds_are_listed(visit: Visit, bob: User, loan: Loan) -> None:
    holds.place(loan.copy.book, bob.member)

    text = visit(bob).get("/my/loans/").text

    assert ("Waiting for" in text, "The Left Hand of Darkness" in text) == (True, True)


def test_without_a_card_one_is_told_to_ask(visit: Visit, copy: Copy, alice: User) -> None:
    alice.member.delete()

    assert "You have no library card yet" in visit(User.objects.get()).get("/my/loans/").text
