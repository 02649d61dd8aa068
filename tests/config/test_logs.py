"""What the log must not hold (G32)."""

import io
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from bookplate.config.logs import HideSecrets
from bookplate.people import accounts

LINKS = ["/register/secret-token/", "/password/new/MQ/secret-token/", "/account/mail/secret-token/"]
LINKS += ["/loans/renew/secret-token/"]


@pytest.fixture
def log() -> Any:
    """What the server's own handler writes."""
    [handler] = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and isinstance(handler.formatter, HideSecrets)
    ]
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.mark.django_db
@pytest.mark.parametrize("link", LINKS)
def test_a_link_that_fails_is_logged_without_its_secret(
    log: io.StringIO, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("bookplate.people.invitations.find", away)
    monkeypatch.setattr("django.core.signing.loads", away)  # of a new address and of a renewal
    monkeypatch.setattr("bookplate.web.passwords.NewPassword.get_user", away)
    answer = Client().get(link)

    assert answer.status_code == 503
    assert log.getvalue().strip().endswith(f"ERROR django.request: Service Unavailable: {link[:-13]}…/")


@pytest.mark.django_db
def test_a_link_that_breaks_is_hidden_in_its_traceback_too(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("Nothing to be done with /password/new/MQ/secret-token/ and 'GET /register/secret-token/'")

    monkeypatch.setattr("bookplate.web.passwords.NewPassword.get_user", broken)
    answer = Client(raise_request_exception=False).get("/password/new/MQ/secret-token/")

    assert answer.status_code == 500
    assert "ERROR django.request: Internal Server Error: /password/new/MQ/…/" in log.getvalue()
    assert "Nothing to be done with /password/new/MQ/…/ and 'GET /register/…/'" in log.getvalue()
    assert "secret-token" not in log.getvalue()


def test_other_lines_stay_as_they_are(log: io.StringIO) -> None:
    logging.getLogger("bookplate").warning("At %s: %s", "/books/1/", accounts.TAKEN)

    assert log.getvalue().strip().endswith(f"WARNING bookplate: At /books/1/: {accounts.TAKEN}")
