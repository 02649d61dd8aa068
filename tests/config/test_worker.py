"""What a worker does by itself, beside its tasks."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from bookplate.catalog.models import Copy
from bookplate.config.management.commands import worker
from bookplate.lending import holds, rules
from bookplate.lending.models import Hold
from bookplate.people.models import User
from tests.servers import wait_until


@pytest.mark.django_db(transaction=True)
def test_what_nobody_fetched_goes_to_the_next_who_is_told(
    monkeypatch: pytest.MonkeyPatch, mailoutbox: list[EmailMessage], copy: Copy, alice: User, bob: User
) -> None:
    rules.change(remind_hour=0)
    for user in (alice, bob):
        holds.place(copy.book, user.member)
    holds.set_aside(copy)
    Hold.objects.filter(member=alice.member).update(ready_until=timezone.now() - timedelta(minutes=1))

    def until_told(*_: Any, **__: Any) -> None:
        wait_until(lambda: bool(mailoutbox), 10)

    monkeypatch.setattr(worker, "call_command", until_told)
    monkeypatch.setattr(worker, "CHORES", [(0.1, act, trouble) for _, act, trouble in worker.CHORES])
    worker.Command().handle(until_eof=False)

    assert list(Hold.objects.order_by("id").values_list("state", flat=True)) == ["expired", "ready"]
    assert [mail.to for mail in mailoutbox] == [["bob@example.org"]]
