"""What happens, read once for all sockets of a process, and handed to those who may see it.

A message on the channel layer only says that there is something new; the events themselves are
read from the table, by number, with the rights of that moment. So nothing is sent twice, missed,
or told to somebody who may no longer see it, and an absent layer only makes it a little later.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from bookplate.core.events import GROUP
from bookplate.feed import audiences, reading
from bookplate.live.credentials import Credentials, SignIn
from bookplate.live.protocol import Protocol, frame
from bookplate.people import sessions

logger = logging.getLogger(__name__)
T = TypeVar("T")

NOT_SIGNED_IN = 4401
TOO_MUCH = 4429
# What ends a sign-in must end its sockets within 5 s.
SECONDS_BETWEEN_CHECKS = 2.0
SECONDS_BETWEEN_LOOKS = 2.0
# A channel layer forgets who listens after a day.
SECONDS_SUBSCRIBED = 3600.0
SECONDS_TO_SUBSCRIBE = 10.0


class Run:
    """Events one after the other that the same people may see, written once for all of them."""

    def __init__(self, events: list[tuple[int, bytes]]) -> None:
        self._events = events
        self.first, self.last, self.number = events[0][0], events[-1][0], len(events)
        self.frames = b"".join(frame for _, frame in events)

    def after(self, number: int) -> "Run":
        return Run([event for event in self._events if event[0] > number])


class Listener:
    """One signed-in socket: up to where it was told, and why it ends."""

    def __init__(
        self, credentials: Credentials, sign_in: SignIn, upto: int, line: Protocol, end: asyncio.Timeout
    ) -> None:
        self.credentials, self.sign_in, self.upto, self.line = credentials, sign_in, upto, line
        self.code: int | None = None
        self._end = end

    def tell(self, run: Run) -> None:
        if run.last <= self.upto or self.code:
            return
        if run.first <= self.upto:
            run = run.after(self.upto)  # the others were among what the socket read by itself
        if self.line.tell(run.frames, run.number):
            self.upto = run.last
        else:
            self.end(TOO_MUCH)

    def end(self, code: int) -> None:
        if not self.code:
            self.code = code
            with suppress(RuntimeError):  # it has left meanwhile
                self._end.reschedule(0)


class Hub:
    """One for each process."""

    def __init__(self) -> None:
        self.last = 0
        self.open = 0
        """Sockets and waiting polls, signed in or not."""
        self._listeners: dict[int, set[Listener]] = {}
        self._polls: dict[int, set[asyncio.Event]] = {}
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        # What happens is not read behind the sign-ins of thousands that come again at once.
        thread = ThreadPoolExecutor(1, "events")
        self._news = database_sync_to_async(reading.news, thread_sensitive=False, executor=thread)

    @property
    def is_full(self) -> bool:
        return bool(self.open >= settings.SOCKETS)

    async def start(self) -> None:
        async with self._turn:
            if not self._tasks:
                self.last = await database_sync_to_async(reading.latest)()
                works = (self._look_on(), self._check_on(), self._hear_on())
                self._tasks = [asyncio.create_task(work) for work in works]

    async def join(self, listener: Listener) -> bool:
        """Hand `listener` everything from now on; not when it has not yet read what the hub has told."""
        async with self._turn:  # no look is under way, which would not know of this user
            if listener.upto < self.last:
                return False
            of_user = self._listeners.setdefault(listener.sign_in.user.pk, set())
            if len(of_user) >= settings.SOCKETS_PER_USER:
                listener.end(TOO_MUCH)
            of_user.add(listener)
            return True

    def leave(self, listener: Listener) -> None:
        of_user = self._listeners.get(listener.sign_in.user.pk, set())
        of_user.discard(listener)
        listener.line.take_back()
        if not of_user:
            self._listeners.pop(listener.sign_in.user.pk, None)

    async def beyond(self, number: int, user: int) -> None:
        """Wait until something newer than event `number` happened that is for `user`, or may be."""
        happened = asyncio.Event()
        async with self._turn:
            if self.last > number:
                return
            polls = self._polls.setdefault(user, set())
            polls.add(happened)
        try:
            await happened.wait()
        finally:
            polls.discard(happened)
            if not polls and self._polls.get(user) is polls:
                del self._polls[user]

    async def _look_on(self) -> None:
        while True:
            await _whatever_happens(self._look())
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS_BETWEEN_LOOKS):
                    await self._woken.wait()
            self._woken.clear()

    async def _look(self) -> None:
        more = True
        while more:
            async with self._turn:
                news = await self._news(self.last, self._listeners.keys() | self._polls.keys())
                self._tell(news)
            more = news.more

    def _tell(self, news: reading.News) -> None:
        if news.upto == self.last:
            return
        self.last = news.upto
        for viewers, told in groupby(news.told, lambda one: one[2]):
            run = Run([(number, frame(text)) for number, text, _ in told])
            for listener in _those(viewers, self._listeners):
                listener.tell(run)
            for happened in _those(viewers, self._polls):
                happened.set()

    async def _check_on(self) -> None:
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_CHECKS)
            await _whatever_happens(self._check())

    async def _check(self) -> None:
        """One query tells that nearly all are still signed in; the others are asked one by one."""
        everybody = list(_those(None, self._listeners))
        numbers = {listener.sign_in.number for listener in everybody}
        standing = await database_sync_to_async(sessions.standing)(numbers) if numbers else {}
        for listener in everybody:
            now = listener.sign_in
            if standing.get(now.number) != now.password or now.until <= time.time():
                await _check_closely(listener)

    async def _hear_on(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        while True:
            # Also when the hour is over: `TimeoutError` is an `OSError`.
            with suppress(OSError, RedisError):
                async with asyncio.timeout(SECONDS_TO_SUBSCRIBE):
                    await layer.group_add(GROUP, channel)
                async with asyncio.timeout(SECONDS_SUBSCRIBED):
                    await self._hear(partial(layer.receive, channel))
            await asyncio.sleep(1)

    async def _hear(self, receive: Any) -> None:
        while True:
            await receive()
            self._woken.set()


def _those(viewers: audiences.Viewers, by_user: dict[int, set[T]]) -> Iterator[T]:
    for user in by_user if viewers is None else viewers:
        yield from by_user.get(user, ())


async def _check_closely(listener: Listener) -> None:
    sign_in = await database_sync_to_async(listener.credentials.sign_in)()
    if sign_in is None or sign_in.user.pk != listener.sign_in.user.pk:
        listener.end(NOT_SIGNED_IN)
    else:
        listener.sign_in = sign_in


async def _whatever_happens(work: Coroutine[Any, Any, None]) -> None:
    """Nothing must end the events of all; they go on once the database is there again."""
    try:
        await work
    except DatabaseError as error:
        logger.warning("Live events wait for the database: %s", str(error).strip())
    except Exception:
        logger.exception("Live events stumbled and go on.")


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
