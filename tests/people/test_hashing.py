"""Passwords are hashed one at a time, whoever comes at the same moment."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher, low_level

from bookplate.people.hashing import Argon2OneAtATime


def test_one_password_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work: list[int] = []
    most = 0

    def slowly(*_: object, **__: object) -> bytes:
        nonlocal most
        at_work.append(1)
        most = max(most, len(at_work))
        time.sleep(0.01)
        at_work.pop()
        return b"$argon2id$a-hash"

    monkeypatch.setattr(low_level, "hash_secret", slowly)
    monkeypatch.setattr(PasswordHasher, "verify", slowly)
    hasher = Argon2OneAtATime()
    with ThreadPoolExecutor(8) as threads:
        made = [threads.submit(hasher.encode, "secret", "a-salt-of-some-length") for _ in range(4)]
        proved = [threads.submit(hasher.verify, "secret", "argon2$argon2id$a-hash") for _ in range(4)]

    assert [each.exception() for each in made + proved] == [None] * 8
    assert most == 1
