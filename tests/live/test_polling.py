"""A poll waits for what is for whoever asked; what else happens does not wake it."""

import asyncio

from bookplate.feed.reading import News
from bookplate.live.hub import Hub

ALICE, BOB = 1, 2


def woken_by(*news: News) -> set[int]:
    """Who of two that wait after event 0 goes on."""

    async def wait() -> set[int]:
        hub = Hub()
        polls = {user: asyncio.create_task(hub.beyond(0, user)) for user in (ALICE, BOB)}
        await asyncio.sleep(0)  # now they wait
        for some in news:
            hub._tell(some)
        done, waiting = await asyncio.wait(polls.values(), timeout=0.05)
        for poll in waiting:
            poll.cancel()
        return {user for user, poll in polls.items() if poll in done}

    return asyncio.run(wait())


def test_an_event_for_one_wakes_the_poll_of_that_one() -> None:
    assert woken_by(News([(1, "{}", frozenset({BOB}))], 1, more=False)) == {BOB}


def test_an_event_for_all_wakes_all() -> None:
    assert woken_by(News([(1, "{}", None)], 1, more=False)) == {ALICE, BOB}


def test_an_event_for_neither_wakes_nobody() -> None:
    assert woken_by(News([(1, "{}", frozenset())], 1, more=False)) == set()


def test_who_is_late_does_not_wait_for_what_has_happened() -> None:
    async def ask() -> None:
        hub = Hub()
        hub._tell(News([(1, "{}", frozenset({BOB}))], 1, more=False))
        async with asyncio.timeout(5):
            await hub.beyond(0, ALICE)

    asyncio.run(ask())
