"""The threads that answer requests: a few that stay, and more, for a while, when those are stuck."""

import asyncio
import os
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from typing import IO, NamedTuple

from asgiref.sync import SyncToAsync
from django.db import connection, connections

from bookplate.config.bodies import REFUSED, Message, Receive, Scope, Send

# How many stay. SQLite works in the thread that asks, so one is busy all the time, and more of them would only wait
# for one another's turn at the interpreter; with a database that is elsewhere a thread waits, and others can go on.
FEW = {"sqlite": 1}
FEW_ELSEWHERE = 3
# So long a request waits for a thread before it is asked whether the threads are stuck; after some more, whether its
# client is still there.
PATIENCE = 0.02
LOOKS = 5
# So long the others help out. Under load they would never be idle, and they are slower together than a few.
HELPING_SECONDS = 2.0
# While others wait, the loop is told of so many answers at once: each time it and the threads wait for one another's
# turn at the interpreter. One that is held back by a slow request after it is told after `PATIENCE`.
AT_ONCE = 8
# A client that takes nothing of a streamed answer for so long has hung.
STALLED_SECONDS = 60.0


class ClientGone(Exception):
    """Whoever asked does not listen any more."""


class Answer(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes = b""
    rest: IO[bytes] | None = None
    """A file of which `content` is the beginning."""


class Exchange:
    """One request and its answer, on the loop's side and the thread's."""

    def __init__(self, scope: Scope, body: IO[bytes], receive: Receive, send: Send) -> None:
        self.scope, self.body, self._receive, self._send = scope, body, receive, send
        self.loop = asyncio.get_running_loop()
        self.context = copy_context()
        self.done: asyncio.Future[Answer | None] = self.loop.create_future()
        self.begun = self.gone = False
        self._outcome: tuple[Answer | None, BaseException | None] | None = None
        self._watcher: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Notice when the client leaves; from then on what has not begun is dropped."""
        if self.scope.get(REFUSED):
            return  # To ask for more would tell a client to send what is refused (100 Continue).
        self._watcher = self._watcher or self.loop.create_task(self._wait_for_end())

    async def _wait_for_end(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if not self.begun:
            self.done.cancel()

    def close(self) -> None:
        if self._watcher:
            self._watcher.cancel()

    def run(self, respond: Callable[["Exchange"], Answer | None]) -> None:
        """In a thread: what asynchronous code the answer calls upon runs on the server's loop."""
        self.begun = True
        SyncToAsync.threadlocal.main_event_loop = self.loop
        SyncToAsync.threadlocal.main_event_loop_pid = os.getpid()
        try:
            self._outcome = self.context.run(respond, self), None
        except BaseException as fault:
            self._outcome = None, fault

    def settle(self) -> None:
        """On the loop: tell whoever waits, if there is something to tell."""
        if self._outcome is None or self.done.done():
            return
        answer, fault = self._outcome
        if fault:
            # What would end the loop itself, or no future takes, is a fault like any other.
            ordinary = isinstance(fault, Exception) and not isinstance(fault, StopIteration)
            self.done.set_exception(fault if ordinary else RuntimeError(repr(fault)))
        else:
            self.done.set_result(answer)

    def push(self, message: Message) -> None:
        """In a thread: send a part of the answer, as fast as the client takes it; raises `ClientGone`."""
        sent: Future[None] = asyncio.run_coroutine_threadsafe(self._send(message), self.loop)  # type: ignore[arg-type]
        try:
            sent.result(STALLED_SECONDS)
        except (RuntimeError, OSError):  # too slow, or its connection is closed
            sent.cancel()
            raise ClientGone from None
        if self.gone:
            raise ClientGone


class Threads:
    """A few that stay, and more, for a while, when all of them are stuck."""

    def __init__(self, respond: Callable[[Exchange], Answer | None], most: int) -> None:
        self._respond, self._most = respond, most
        self._few = min(most, FEW.get(connection.vendor, FEW_ELSEWHERE))
        self._waiting: queue.SimpleQueue[Exchange] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._count = self._busy = self._finished = self._lost = 0

    def submit(self, exchange: Exchange) -> asyncio.TimerHandle:
        """Put it in line; the handle is to be cancelled when it is done."""
        self._waiting.put(exchange)
        if self._count < self._few:
            self._start(stays=True)
        return exchange.loop.call_later(PATIENCE, self._look_after, exchange, self._finished, LOOKS)

    def _look_after(self, exchange: Exchange, finished: int, looks: int) -> None:
        exchange.settle()
        if exchange.done.done():
            return
        if not looks:
            exchange.watch()
        # One that is free has only not had its turn at the processor yet: another would have to wait for that too.
        all_stuck = finished == self._finished and self._busy == self._count
        if not exchange.begun and all_stuck and self._count < self._most:
            self._start(stays=False)
        # Until it is done: its answer may wait to be told while the thread is at work on the next request.
        exchange.loop.call_later(PATIENCE, self._look_after, exchange, self._finished, max(looks - 1, 0))

    def _start(self, stays: bool) -> None:
        self._counted(1)
        # Daemons: a view that never ends does not keep the process from ending.
        thread = threading.Thread(target=self._run, args=[stays], daemon=True, name="http")
        try:
            thread.start()
        except RuntimeError:  # the system gives no more; the next request tries again
            self._counted(-1)

    def _counted(self, by: int) -> None:
        with self._lock:
            self._count += by

    def _run(self, stays: bool) -> None:
        answered: list[Exchange] = []
        lost, leaves = self._lost, time.monotonic() + HELPING_SECONDS
        with suppress(queue.Empty):
            while stays or time.monotonic() < leaves:
                exchange = self._waiting.get(timeout=None if stays else max(leaves - time.monotonic(), 0))
                if not exchange.gone:
                    lost = self._work(exchange, lost)
                    answered.append(exchange)
                if answered and (len(answered) == AT_ONCE or self._waiting.empty()):
                    _tell(answered)
                    answered = []
        if answered:
            _tell(answered)
        connections.close_all()
        self._counted(-1)

    def _work(self, exchange: Exchange, lost: int) -> int:
        """Where one thread lost its connection, those of the others are suspect: one request pays for all."""
        if lost != self._lost:
            connections.close_all()
        lost, had = self._lost, connection.connection is not None
        with self._lock:
            self._busy += 1
        exchange.run(self._respond)
        with self._lock:
            self._busy, self._finished = self._busy - 1, self._finished + 1
        if had and connection.connection is None:
            self._lost += 1
            return self._lost
        return lost


def _tell(answered: list[Exchange]) -> None:
    # The loop is closed when the server was told twice to stop.
    with suppress(RuntimeError):
        answered[0].loop.call_soon_threadsafe(_settle, answered)


def _settle(answered: list[Exchange]) -> None:
    for exchange in answered:
        exchange.settle()
