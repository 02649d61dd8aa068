"""Mails go out after the commit, beside the request, and whatever happens to them is not the request's fault."""

import logging
import threading
from typing import Any

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from bookplate.core import mail
from tests.cast import Posted
from tests.servers import free_port

pytestmark = pytest.mark.django_db
SECRET = "https://library.example.org/password/new/MQ/secret/"


def test_a_mail_is_sent_from_the_librarys_address(posted: Posted, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Books <books@example.org>"
    _, mails = posted(lambda: mail.send("alice@example.org", "Two\nlines", "Hello"))

    assert [(m.to, m.subject, m.body, m.from_email) for m in mails] == [
        (["alice@example.org"], "Two lines", "Hello", "Books <books@example.org>")
    ]


def test_what_is_rolled_back_sends_nothing(posted: Posted) -> None:
    def change_one_s_mind() -> None:
        with transaction.atomic():
            mail.send("alice@example.org", "Subject", "Hello")
            transaction.set_rollback(True)

    assert posted(change_one_s_mind)[1] == []


@pytest.mark.parametrize(
    ("backend", "to", "kind"),
    [("smtp", "alice@example.org", "ConnectionRefusedError"), ("locmem", "alice\n", "BadHeaderError")],
)
def test_a_mail_that_cannot_be_sent_is_a_line_in_the_log_without_its_content(
    posted: Posted, settings: Any, caplog: pytest.LogCaptureFixture, backend: str, to: str, kind: str
) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with caplog.at_level(logging.DEBUG):
        posted(lambda: mail.send(to, "Subject", SECRET))

    assert [record.getMessage() for record in caplog.records] == [
        f"A mail was not sent ({kind}). Look at BOOKPLATE_MAIL_URL."
    ]
    assert ("alice" in caplog.text, "secret" in caplog.text) == (False, False)


class SlowBackend(BaseEmailBackend):
    may_go_on = threading.Event()
    sent: list[str] = []

    def send_messages(self, messages: Any) -> int:
        self.may_go_on.wait(5)
        self.sent += [message.subject for message in messages]
        return len(messages)


def test_nobody_waits_for_a_slow_mail_server(django_capture_on_commit_callbacks: Any, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.SlowBackend"
    with django_capture_on_commit_callbacks(execute=True):
        mail.send("alice@example.org", "Subject", "Hello")

    assert SlowBackend.sent == []
    SlowBackend.may_go_on.set()
    mail._postman.submit(lambda: None).result()
    assert SlowBackend.sent == ["Subject"]
