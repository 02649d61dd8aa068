"""Mail: sent after the commit, beside the request, and never able to fail it."""

import logging
from concurrent.futures import ThreadPoolExecutor

from django.core.mail import EmailMessage
from django.db import transaction

logger = logging.getLogger(__name__)

# One mail after the other on a thread of its own: no request waits for the mail server, so none tells by its
# time whether there was anything to send. At a stop of the process what is waiting is still sent.
_postman = ThreadPoolExecutor(1, thread_name_prefix="mail")


def send(to: str, subject: str, body: str) -> None:
    """Mail `body` to `to` once the change at hand is committed; when that fails, the log says so."""
    message = EmailMessage(" ".join(subject.split()), body, to=[to])
    transaction.on_commit(lambda: _hand_over(message), robust=True)


def _hand_over(message: EmailMessage) -> None:
    _postman.submit(_deliver, message)


def _deliver(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception as error:
        # Whatever it is: this thread has nobody else to tell.
        # Only its kind: the text of an SMTP error may hold the address, and a mail may hold a link that signs in.
        logger.warning("A mail was not sent (%s). Look at BOOKPLATE_MAIL_URL.", type(error).__name__)
