"""Argon2 as Django has it, one password at a time.

Each takes 100 MB and every core, so several at once would be no faster, and eight people signing in at the same
moment would cost 800 MB.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from bookplate.core.errors import TooOften

_turn = Lock()

# Who waits for their password keeps a thread, and those who only read need some too.
LONGEST_LINE = max(1, min(16, settings.THREADS // 2))
_line = BoundedSemaphore(LONGEST_LINE)
WAIT = 3


class TooManyAtOnce(TooOften):
    title = "Too many people are signing in at this moment"


class Argon2OneAtATime(Argon2PasswordHasher):
    def encode(self, password: str, salt: str) -> str:
        with _turn:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turn:
            return super().verify(password, encoded)


@contextmanager
def in_line() -> Iterator[None]:
    """A place among those whose password is next; raises `TooManyAtOnce`. For doors that are open to everybody."""
    if not _line.acquire(blocking=False):
        raise TooManyAtOnce("Too many people are signing in at this moment. Try again in a few seconds.", WAIT)
    try:
        yield
    finally:
        _line.release()
