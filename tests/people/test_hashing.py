"""Passwords are hashed one at a time, whoever comes at the same moment."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from argon2 import PasswordHasher, low_level
from django.test import Client

from bookplate.people import hashing
from bookplate.people.hashing import LONGEST_LINE, Argon2OneAtATime
from bookplate.people.models import Attempt, User
from tests.cast import PASSWORD


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


@pytest.mark.django_db
def test_who_comes_to_a_long_line_is_told_to_come_again(client: Client, alice: User) -> None:
    words = {"username": alice.username, "password": PASSWORD}
    with ExitStack() as line:
        for _ in range(LONGEST_LINE):
            line.enter_context(hashing.in_line())
        told = client.post("/api/token/", words, content_type="application/json")
        page = client.post("/sign-in/", words)

    assert (told.status_code, told.json()["type"], told["Retry-After"]) == (429, "/api/problems/too-many-at-once", "3")
    assert (page.status_code, page["Retry-After"]) == (429, "3")
    assert "Too many people are signing in at this moment." in page.content.decode()
    assert not Attempt.objects.exists()
    assert client.post("/api/token/", words, content_type="application/json").status_code == 200
