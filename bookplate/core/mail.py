"""Mail: sent after the commit, beside the request, and never able to fail it; or by the worker, which wants to know."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

logger = logging.getLogger(__name__)

# One mail after the other on a thread of its own: no request waits for the mail server, so none tells by its
# time whether there was anything to send. At a stop of the process what is waiting is still sent.
_postman = ThreadPoolExecutor(1, thread_name_prefix="mail")


def send(to: str, subject: str, body: str) -> None:
    """Mail `body` to `to` once the change at hand is committed; when that fails, the log says so."""
    message = _message(to, subject, body)
    transaction.on_commit(lambda: _hand_over(message), robust=True)


def _message(to: str, subject: str, body: str, connection: BaseEmailBackend | None = None) -> EmailMessage:
    return EmailMessage(" ".join(subject.split()), body, to=[to], connection=connection)


def _hand_over(message: EmailMessage) -> None:
    _postman.submit(_deliver, message)


def _deliver(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception as error:
        # Whatever it is: this thread has nobody else to tell.
        _warn(error)


def _warn(error: Exception) -> None:
    # Only its kind: the text of an SMTP error may hold the address, and a mail may hold a link that signs in.
    logger.warning("A mail was not sent (%s). Look at BOOKPLATE_MAIL_URL.", type(error).__name__)


class Server:
    """The mail server, for whoever sends by themselves and must know what became of it."""

    def __init__(self, connection: BaseEmailBackend) -> None:
        self._connection = connection

    def is_there(self) -> bool:
        """Whether it answers now: asked before one decides to send."""
        try:
            self._connection.open()
        except OSError as error:
            _warn(error)
            return False
        return True

    def accepts(self, to: str, subject: str, body: str) -> bool:
        """Send it; whether the server took it. After a no it may have gone out all the same."""
        try:
            _message(to, subject, body, self._connection).send()
        except (OSError, ValueError) as error:  # what SMTP says is an OSError, a wrong header a ValueError
            _warn(error)
            self._connection.close()
            return False
        return True


@contextmanager
def server() -> Iterator[Server]:
    connection = get_connection()
    try:
        yield Server(connection)
    finally:
        connection.close()
