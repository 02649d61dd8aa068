"""Long polls: `/api/events/?wait=`, or `/events/?wait=` of our own pages, asks as any request does, and while there is
nothing to tell waits on the loop.

Each time something happens that is for whoever asked, it is asked anew, by a request of its own through everything that
a request goes through. So no thread is held while it waits, and who asks is looked at when the answer is given.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from bookplate.live.hub import Hub, hub

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Any, Receive, Send], Awaitable[None]]

ADDRESSES = ("/api/events/", "/events/")
MOST_SECONDS = 30


class LongPolls:
    """Stands before the ASGI application `inner`."""

    def __init__(self, inner: App) -> None:
        self._inner = inner

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        seconds = _seconds(scope)
        if seconds and not hub().is_full:
            await self._wait(scope, receive, send, seconds)
        else:
            await self._inner(scope, receive, send)

    async def _wait(self, scope: Any, receive: Receive, send: Send, seconds: int) -> None:
        here = hub()
        await here.start()
        gone = asyncio.create_task(_gone(receive))
        here.open += 1
        try:
            answer = await self._answer(scope, here, gone, asyncio.get_running_loop().time() + seconds)
        finally:
            here.open -= 1
            gone.cancel()
        for message in answer:
            await send(message)

    async def _answer(self, scope: Any, here: Hub, gone: "asyncio.Task[None]", until: float) -> list[Message]:
        while True:
            seen = here.last
            asked = dict(scope)
            answer = await self._ask(asked, gone)
            left = until - asyncio.get_running_loop().time()
            if gone.done() or left <= 0 or not _says_nothing(answer):
                return answer
            await _first(gone, here.beyond(seen, asked["viewer"]), left)

    async def _ask(self, scope: Any, gone: "asyncio.Task[None]") -> list[Message]:
        answer: list[Message] = []

        async def receive() -> Message:
            await asyncio.wait([gone])
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            answer.append(message)

        await self._inner(scope, receive, send)
        return answer


def _seconds(scope: Any) -> int:
    """How long to wait, at most; 0 where it is not asked for, or is for the view to refuse."""
    if scope["path"] not in ADDRESSES or scope["method"] != "GET":
        return 0
    headers = dict(scope["headers"])
    if b"content-length" in headers or b"transfer-encoding" in headers:
        return 0
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("wait", [""])[-1]
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 3 and int(asked) <= MOST_SECONDS else 0


def _says_nothing(answer: list[Message]) -> bool:
    if not answer or answer[0].get("status") != 200:
        return False
    return b"".join(message.get("body", b"") for message in answer[1:]) == b"[]"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first(gone: "asyncio.Task[None]", news: Awaitable[None], seconds: float) -> None:
    """Until the client leaves, something happens, or the time is over."""
    waits = asyncio.ensure_future(news)
    try:
        await asyncio.wait([gone, waits], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waits.cancel()
        with suppress(asyncio.CancelledError):
            await waits
