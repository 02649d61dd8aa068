"""The socket at /ws/: the contract is in docs/api.md.

A message on the channel layer only says that there is something new; the events themselves are
read from the table, by number, with the rights of that moment. So nothing is sent twice, missed,
or told to somebody who may no longer see it, and an absent layer only makes it a little later.
"""

import asyncio
import json
from contextlib import suppress
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from bookplate.core.events import GROUP
from bookplate.core.json import BadJSON, loads
from bookplate.feed import reading
from bookplate.live import origins
from bookplate.live.credentials import AccessToken, Credentials, PageSession
from bookplate.people.models import User

SECONDS_TO_AUTHENTICATE = 5.0
# What ends a sign-in must end its sockets within 5 s.
SECONDS_BETWEEN_CHECKS = 2.0
NOT_SIGNED_IN = 4401
TOO_LATE = 4408


class EventsConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    groups = [GROUP]

    async def connect(self) -> None:
        self.credentials: Credentials | None = None
        self.signed_in = asyncio.Event()
        self.last = 0
        self.reading = asyncio.Lock()
        self.watch: asyncio.Task[None] | None = None
        if not origins.may_connect(self.scope):
            await self.close()
            return
        await self.accept()
        self.watch = asyncio.create_task(self._watch())
        await self._sign_in_by_cookie()

    async def disconnect(self, code: int) -> None:
        if self.watch:
            self.watch.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        frame = _parse(text_data)
        if frame is None or frame.get("type") != "authenticate":
            await self._complain('The only frame understood here is {"type": "authenticate", "token": "…"}.')
        elif self.credentials:
            await self._complain("This socket is signed in already.")
        elif not _is_number(frame.get("since", 0)) or not isinstance(frame.get("token"), str):
            await self._complain('"token" must be a text, and "since" the number of an event.')
        else:
            await self._sign_in(AccessToken(frame["token"]), frame.get("since"))

    async def events_new(self, message: dict[str, Any]) -> None:
        await self._catch_up()

    async def _sign_in_by_cookie(self) -> None:
        session = self.scope.get("session")
        if session is None or not session.session_key or not origins.is_own(self.scope):
            return
        credentials = PageSession(session.session_key)
        if await database_sync_to_async(credentials.user)():
            await self._sign_in(credentials, None)

    async def _sign_in(self, credentials: Credentials, since: int | None) -> None:
        user = await database_sync_to_async(credentials.user)()
        if user is None:
            await self.close(NOT_SIGNED_IN)
            return
        newest = await database_sync_to_async(reading.latest)()
        self.last = newest if since is None else min(since, newest)
        await self._send({"type": "ready", "user": user.username, "last": newest})
        self.credentials = credentials
        self.signed_in.set()
        await self._catch_up()

    async def _watch(self) -> None:
        """Close a socket that does not sign in, or whose sign-in has ended; look for missed events."""
        try:
            await asyncio.wait_for(self.signed_in.wait(), SECONDS_TO_AUTHENTICATE)
        except TimeoutError:
            await self.close(TOO_LATE)
            return
        while True:
            with suppress(DatabaseError):
                await self._catch_up()
            await asyncio.sleep(SECONDS_BETWEEN_CHECKS)

    async def _catch_up(self) -> None:
        """Send what has happened since the last event sent; one at a time, so that order holds."""
        if self.credentials is None:
            return
        async with self.reading:
            more = True
            while more:
                more = await self._send_batch(self.credentials)

    async def _send_batch(self, credentials: Credentials) -> bool:
        batch = await database_sync_to_async(_read)(credentials, self.last)
        if batch is None:
            self.credentials = None
            await self.close(NOT_SIGNED_IN)
            return False
        for event in batch.events:
            await self._send(reading.frame(event))
        self.last = batch.upto
        return bool(batch.more)

    async def _complain(self, detail: str) -> None:
        await self._send({"type": "error", "detail": detail})

    async def _send(self, body: dict[str, object]) -> None:
        # A client that went away is told of by `disconnect`, not by each frame that no longer reaches it.
        with suppress(OSError):
            await self.send(json.dumps(body, separators=(",", ":")))


def _read(credentials: Credentials, last: int) -> reading.Reading | None:
    user: User | None = credentials.user()
    return None if user is None else reading.since(user, last)


def _parse(text: str | None) -> dict[str, Any] | None:
    try:
        frame = loads((text or "").encode())
    except BadJSON:
        return None
    return frame if isinstance(frame, dict) else None


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63)
