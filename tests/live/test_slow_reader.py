"""What waits for a slow reader is bounded: then it is closed, and comes again with `since` (G28)."""

import asyncio

from bookplate.live.credentials import AccessToken, SignIn
from bookplate.live.hub import MOST_WAITING, TOO_MUCH, Listener
from bookplate.people.models import User


def test_a_listener_keeps_so_many_and_no_more() -> None:
    signed_in = SignIn(1, User(username="alice"), "", 0.0)

    async def told(number: int) -> tuple[int, int, int | None]:
        slow = Listener(AccessToken(""), signed_in, 0)
        for event in range(1, number + 1):
            slow.tell(event, "told")
        return len(slow.waiting), slow.upto, slow.over.result() if slow.over.done() else None

    assert asyncio.run(told(MOST_WAITING)) == (MOST_WAITING, MOST_WAITING, None)
    assert asyncio.run(told(MOST_WAITING + 1)) == (MOST_WAITING, MOST_WAITING, TOO_MUCH)
