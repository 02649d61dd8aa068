"""The threads that answer requests: a few that stay, and more, for a while, when those are stuck."""

import asyncio
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from typing import IO, NamedTuple

from asgiref.sync import SyncToAsync
from django.db import connection, connections

from bookplate.config.bodies import Message, Receive, Scope, Send

# How many stay. SQLite works in the thread that asks, so one is busy all the time, and more of them would only wait
# for one another's turn at the interpreter; with a database that is elsewhere a thread waits, and others can go on.
FEW = {"sqlite": 1}
FEW_ELSEWHERE = 3
# So long a request waits for a thread before it is asked whether the threads are stuck; after some more, whether its
# client is still there.
PATIENCE = 0.02
LOOKS = 5
IDLE_SECONDS = 10.0
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
            self.done.set_exception(fault)
        else:
            self.done.set_result(answer)

    def push(self, message: Message) -> None:
        """In a thread: send a part of the answer, as fast as the client takes it; raises `ClientGone`."""
        sent: Future[None] = asyncio.run_coroutine_threadsafe(self._send(message), self.loop)  # type: ignore[arg-type]
        with suppress(TimeoutError):
            sent.result(STALLED_SECONDS)
        if self.gone or not sent.done():
            sent.cancel()
            raise ClientGone


class Threads:
    """A few that stay, and more, for a while, when all of them are stuck."""

    def __init__(self, respond: Callable[[Exchange], Answer | None], most: int) -> None:
        self._respond, self._most = respond, most
        self._few = min(most, FEW.get(connection.vendor, FEW_ELSEWHERE))
        self._waiting: queue.SimpleQueue[Exchange] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._count = self._finished = 0

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
        if not exchange.begun and finished == self._finished and self._count < self._most:
            self._start(stays=False)
        if looks or not exchange.begun:
            exchange.loop.call_later(PATIENCE, self._look_after, exchange, self._finished, max(looks - 1, 0))

    def _start(self, stays: bool) -> None:
        with self._lock:
            self._count += 1
        # Daemons: a view that never ends does not keep the process from ending.
        threading.Thread(target=self._run, args=[None if stays else IDLE_SECONDS], daemon=True, name="http").start()

    def _run(self, idle: float | None) -> None:
        answered: list[Exchange] = []
        with suppress(queue.Empty):
            while exchange := self._waiting.get(timeout=idle):
                if not exchange.gone:
                    exchange.run(self._respond)
                    self._finished += 1
                    answered.append(exchange)
                if answered and (len(answered) == AT_ONCE or self._waiting.empty()):
                    _tell(answered)
                    answered = []
        connections.close_all()
        with self._lock:
            self._count -= 1


def _tell(answered: list[Exchange]) -> None:
    # The loop is closed when the server was told twice to stop.
    with suppress(RuntimeError):
        answered[0].loop.call_soon_threadsafe(_settle, answered)


def _settle(answered: list[Exchange]) -> None:
    for exchange in answered:
        exchange.settle()
