"""Argon2 as Django has it, one password at a time.

Each takes 100 MB and every core, so several at once would be no faster, and eight people signing in at the same
moment would cost 800 MB.
"""

from threading import Lock

from django.contrib.auth.hashers import Argon2PasswordHasher

_turn = Lock()


class Argon2OneAtATime(Argon2PasswordHasher):
    def encode(self, password: str, salt: str) -> str:
        with _turn:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turn:
            return super().verify(password, encoded)
