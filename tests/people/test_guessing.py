"""Sixty wrong passwords at once, to four processes of one library (G6)."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from tests.cast import PASSWORD
from tests.servers import BookplateServer
from tests.visitors import Visitor

Four = list[BookplateServer]
GUESSES = 60


@pytest.fixture(scope="module")
def four(database_url_of_module: str | None) -> Iterator[Four]:
    with ExitStack() as stack:
        first = stack.enter_context(BookplateServer(demo=True, database_url=database_url_of_module))
        others = [BookplateServer(demo=True, data=first.data, database_url=database_url_of_module) for _ in range(3)]
        yield [first, *(stack.enter_context(server) for server in others)]


@pytest.fixture(scope="module")
def alice(four: Four) -> Visitor:
    """Signed in before anybody guesses."""
    return Visitor(four[0], "alice")


def guess_at_once(servers: Four, name: str) -> Counter[int]:
    """The first half by the API, the second on the page, each from another made-up address."""

    def guess(number: int) -> int:
        words = {"username": name, "password": f"guess-{number}"}
        url = servers[number % len(servers)].url
        headers = {"X-Forwarded-For": f"192.0.2.{number}", "X-Real-Ip": f"192.0.2.{number}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            if number < GUESSES / 2:
                return client.post("/api/token/", json=words).status_code
            token = client.get("/sign-in/").text.split('name="csrfmiddlewaretoken" value="')[1].partition('"')[0]
            return client.post("/sign-in/", data=words | {"csrfmiddlewaretoken": token}).status_code

    with ThreadPoolExecutor(GUESSES) as pool:
        return Counter(pool.map(guess, range(GUESSES)))


@pytest.mark.parametrize("name", ["alice", "nobody-like-this"])
def test_of_sixty_wrong_passwords_at_once_ten_are_judged(four: Four, alice: Visitor, name: str) -> None:
    answers = guess_at_once(four, name)

    assert set(answers) <= {401, 200, 429}
    assert (answers[401] + answers[200], answers[429]) == (10, 50)
    right = {"username": name, "password": PASSWORD}
    late = [httpx.post(f"{server.url}/api/token/", json=right) for server in four]
    assert {(answer.status_code, 0 < int(answer.headers["Retry-After"]) <= 60) for answer in late} == {(429, True)}
    assert alice.get("/api/users/me/").status_code == 200
    assert Visitor(four[1], "bob").get("/api/users/me/").status_code == 200
