"""The socket at /ws/: the contract is in docs/api.md. From sign-in on, the hub says what to send."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from channels.db import database_sync_to_async

from bookplate.core.json import BadJSON, loads
from bookplate.feed import reading
from bookplate.live import origins
from bookplate.live.credentials import AccessToken, Credentials, PageSession, SignIn
from bookplate.live.hub import NOT_SIGNED_IN, TOO_MUCH, Hub, Listener, hub
from bookplate.live.protocol import frame, line_of

Message: TypeAlias = MutableMapping[str, Any]

SECONDS_TO_AUTHENTICATE = 5.0
SECONDS_TO_CLOSE = 1.0
TOO_LATE = 4408
# There is one thing to say, so this is much.
MOST_FRAMES_A_SECOND = 100
LONGEST_NUMBER = 19


class Ended(Exception):
    """The socket is over, with this code; without one the client has left."""

    def __init__(self, code: int | None = None) -> None:
        self.code = code


async def serve(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    await receive()  # that it wants to connect
    if not origins.may_connect(scope):
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    here = hub()
    full, here.open = here.is_full, here.open + 1
    try:
        await Socket(scope, receive, send, here).run(full)
    finally:
        here.open -= 1


class Socket:
    def __init__(self, scope: dict[str, Any], receive: Any, send: Any, here: Hub) -> None:
        self.scope, self._receive, self._send, self.hub = scope, receive, send, here
        self._line = line_of(scope)
        self._since, self._frames = 0.0, 0

    async def run(self, full: bool) -> None:
        try:
            if full:
                raise Ended(TOO_MUCH)
            await self._run()
        except Ended as end:
            if end.code:
                await self._close(end.code)
        except OSError:
            pass  # the client went away while something was sent

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(SECONDS_TO_AUTHENTICATE):
                credentials, sign_in, since = await self._signed_in()
        except TimeoutError:
            raise Ended(TOO_LATE) from None
        await self._listen(credentials, sign_in, since)

    async def _signed_in(self) -> tuple[Credentials, SignIn, int | None]:
        if cookie := await self._by_cookie():
            return *cookie, _since_of(self.scope)
        while True:
            frame = await self._next()
            if frame is None or frame.get("type") != "authenticate":
                await self._complain('The only frame understood here is {"type": "authenticate", "token": "…"}.')
            elif not _is_number(frame.get("since", 0)) or not isinstance(frame.get("token"), str):
                await self._complain('"token" must be a text, and "since" the number of an event.')
            else:
                credentials = AccessToken(frame["token"])
                return credentials, await _look_up(credentials), frame.get("since")

    async def _by_cookie(self) -> tuple[Credentials, SignIn] | None:
        session = self.scope.get("session")
        if session is None or not session.session_key or not origins.is_own(self.scope):
            return None
        credentials = PageSession(session.session_key)
        sign_in = await database_sync_to_async(credentials.sign_in)()
        return (credentials, sign_in) if sign_in else None

    async def _listen(self, credentials: Credentials, sign_in: SignIn, since: int | None) -> None:
        await self.hub.start()
        newest = await database_sync_to_async(reading.latest)()
        upto = newest if since is None else min(since, newest)
        has_gap = bool(since) and await database_sync_to_async(reading.has_gap)(since)
        gap = {"gap": True} if has_gap else {}
        await self._tell({"type": "ready", "user": sign_in.user.username, "last": newest, **gap})
        try:
            async with asyncio.timeout(None) as end:
                listener = Listener(credentials, sign_in, upto, self._line, end)
                await self._follow(listener)
        except TimeoutError:
            raise Ended(listener.code) from None

    async def _follow(self, listener: Listener) -> None:
        try:
            while not await self.hub.join(listener):
                await self._catch_up(listener)
            await self._hear(listener)
        finally:
            self.hub.leave(listener)

    async def _hear(self, listener: Listener) -> None:
        while True:
            frame = await self._next() or {}
            if frame.get("type") == "ping":
                await self._tell({"type": "pong", "last": listener.upto})
            elif frame.get("type") == "authenticate":
                await self._complain("This socket is signed in already.")
            else:
                await self._complain("Nothing more is understood here.")

    async def _catch_up(self, listener: Listener) -> None:
        """Send what was missed, as the rights are now."""
        batch = await database_sync_to_async(_read)(listener.credentials, listener.upto)
        if batch is None:
            raise Ended(NOT_SIGNED_IN)
        await self._line.told()
        self._line.tell(b"".join(frame(reading.written(event)) for event in batch.events), len(batch.events))
        listener.upto = batch.upto

    async def _next(self) -> dict[str, Any] | None:
        """The client's next frame, `None` when it makes no sense."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Ended
        now = time.monotonic()
        if now - self._since >= 1:
            self._since, self._frames = now, 0
        self._frames += 1
        if self._frames > MOST_FRAMES_A_SECOND:
            raise Ended(TOO_MUCH)
        return _parsed(message.get("text"))

    async def _complain(self, detail: str) -> None:
        await self._tell({"type": "error", "detail": detail})

    async def _tell(self, body: dict[str, object]) -> None:
        await self._send({"type": "websocket.send", "text": json.dumps(body, separators=(",", ":"))})

    async def _close(self, code: int) -> None:
        # Whoever reads nothing does not learn why; the server closes the line behind this.
        with suppress(OSError):
            async with asyncio.timeout(SECONDS_TO_CLOSE):
                await self._send({"type": "websocket.close", "code": code})


async def _look_up(credentials: Credentials) -> SignIn:
    sign_in: SignIn | None = await database_sync_to_async(credentials.sign_in)()
    if sign_in is None:
        raise Ended(NOT_SIGNED_IN)
    return sign_in


def _read(credentials: Credentials, last: int) -> reading.Reading | None:
    sign_in = credentials.sign_in()
    return reading.since(sign_in.user, last) if sign_in else None


def _parsed(text: str | None) -> dict[str, Any] | None:
    try:
        frame = loads((text or "").encode())
    except BadJSON:
        return None
    return frame if isinstance(frame, dict) else None


def _since_of(scope: dict[str, Any]) -> int | None:
    """A page of ours has no first frame to say it in."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("since", [""])[-1]
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < LONGEST_NUMBER else None


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63)
