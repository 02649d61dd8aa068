"""Mail to one person, sent once the change that causes it stands."""

from django.core.mail import send_mail
from django.db import transaction


def send(to: str, subject: str, text: str) -> None:
    """After the commit; mail that cannot be sent is logged and stops nothing."""
    transaction.on_commit(lambda: _send(to, subject, text), robust=True)


def _send(to: str, subject: str, text: str) -> None:
    send_mail(subject, text, None, [to])
