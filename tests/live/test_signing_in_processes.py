"""Four processes that share a database agree on sign-ins (G3): a refresh token works once, wherever it is shown."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from tests.servers import BookplateServer
from tests.visitors import Visitor


@pytest.fixture
def four(database_url: str | None) -> Iterator[list[BookplateServer]]:
    with ExitStack() as stack:
        first = stack.enter_context(BookplateServer(database_url=database_url, demo=True))
        rest = (BookplateServer(data=first.data, database_url=database_url, demo=True) for _ in range(3))
        yield [first, *map(stack.enter_context, rest)]


def test_of_twenty_refreshes_at_once_one_gives_a_pair_and_the_sign_in_ends(four: list[BookplateServer]) -> None:
    alice, elsewhere = Visitor(four[0], "alice"), Visitor(four[1], "alice")

    def refresh(number: int) -> httpx.Response:
        return httpx.post(f"{four[number % 4].url}/api/token/refresh/", json={"refresh": alice.refresh}, timeout=30)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(refresh, range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
    access = next(answer.json()["access"] for answer in answers if answer.status_code == 200)
    statuses = [
        httpx.get(f"{server.url}/api/users/me/", headers={"Authorization": f"Bearer {access}"}).status_code
        for server in four
    ]
    assert statuses == [401] * 4
    assert elsewhere.get("/api/users/me/").status_code == 200
