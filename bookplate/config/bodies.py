"""What a request brings: how much it may be, and who may bring a file.

Django reads a body to its end, large ones to the disk, before it looks at the request. So what is too large, or a
file from whoever may bring none, is cut where it comes in, and Django is told; it answers, so that a refusal has
the headers of any other answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import closing, suppress
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeAlias

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.db import InterfaceError, OperationalError
from django.http import parse_cookie

from bookplate.catalog.rights import largest_file
from bookplate.people import page_sessions, roles, scripts, sessions
from bookplate.people.models import ScriptToken, Session
from bookplate.people.session_store import SessionStore

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

# Where a request says with which status it is refused, or nothing.
REFUSED = "bookplate.refused"
# Addresses that take files, and how large a one somebody may send them: 0 is none.
UPLOADS: dict[str, Callable[[roles.Viewer], int]] = {"/imports/": largest_file, "/api/imports/": largest_file}
# What a form has beside its file.
MARGIN = 1_000_000
PART = 64 * 1024
# Many clients listen for the answer only when they have sent everything, and lose it when the line is cut.
SECONDS_TO_FINISH = 5.0


def largest(scope: Scope) -> int:
    uploads: int = settings.UPLOAD_LIMIT + MARGIN
    others: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return uploads if _is_upload(scope) else others


def _is_upload(scope: Scope) -> bool:
    return scope["method"] == "POST" and scope["path"] in UPLOADS


@database_sync_to_async  # type: ignore[untyped-decorator]
def _largest_file(scope: Scope) -> int:
    try:
        sender = _by_token(scope) if scope["path"].startswith("/api/") else _by_cookie(scope)
    except (OperationalError, InterfaceError):
        return largest(scope)  # Django will meet the same fault and has the words for it.
    return UPLOADS[scope["path"]](sender.user) if sender else 0


def _by_cookie(scope: Scope) -> Session | None:
    key = parse_cookie(_header(scope, b"cookie", b"; ")).get(settings.SESSION_COOKIE_NAME)
    return page_sessions.of(SessionStore(key)) if key else None


def _by_token(scope: Scope) -> Session | ScriptToken | None:
    scheme, _, token = _header(scope, b"authorization", b", ").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer":
        return None
    try:
        return scripts.authenticate(token) if token.startswith(scripts.PREFIX) else sessions.authenticate(token)
    except sessions.SignedOut:
        return None


def _header(scope: Scope, wanted: bytes, between: bytes) -> str:
    return between.join(value for name, value in scope["headers"] if name == wanted).decode("latin-1")


def _kept(file: IO[bytes], part: bytes) -> int | None:
    """The status for a part that the disk has no room for."""
    try:
        file.write(part)
    except OSError:
        file.truncate(0)
        return 507
    return None


class Body:
    """`scope[REFUSED]` says why less of it is there than came."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope, self._receive = scope, receive
        told = dict(scope["headers"])
        length = told.get(b"content-length", b"")
        self.is_announced = bool(length) or b"transfer-encoding" in told
        self._limit = largest(scope)
        self._over = not self.is_announced
        self._announced = int(length) if length.isdigit() else 0
        scope[REFUSED] = 413 if self._announced > self._limit else None

    async def read(self) -> IO[bytes]:
        """The body as a file, on the disk when it is long; raises `RequestAborted` when the client leaves.

        Nothing is asked for that is refused already: a client that waits for leave to go on
        (100 Continue) would be told to.
        """
        scope = self._scope
        if _is_upload(scope) and not scope[REFUSED]:
            await self._limit_to_sender()
        # Closed by Django with the request.
        file: IO[bytes] = SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115
        size = 0
        while not self._over and not scope[REFUSED]:
            part = await self._next()
            size += len(part)
            scope[REFUSED] = 413 if size > self._limit else _kept(file, part)
        file.seek(0)
        return file

    async def _limit_to_sender(self) -> None:
        most = await _largest_file(self._scope)
        self._limit = min(self._limit, most + MARGIN)
        if not most and not self._scope["path"].startswith("/api/"):
            self._scope[REFUSED] = 403  # The API has more words for it: 401, or which scope a token lacks.
        elif self._announced > self._limit:
            self._scope[REFUSED] = 413

    def again(self, file: IO[bytes]) -> Receive:
        """What was read, to be received by another ASGI application."""

        async def receive() -> Message:
            if file.closed or not self.is_announced:
                return await self._receive()
            part = file.read(PART)
            if not part:
                file.close()
            return {"type": "http.request", "body": part, "more_body": bool(part)}

        return receive

    async def answer(
        self,
        send: Send,
        status: int,
        headers: list[tuple[bytes, bytes]],
        content: bytes,
        rest: IO[bytes] | None = None,
    ) -> None:
        refused = bool(self._scope[REFUSED])
        if refused:
            headers = [*headers, (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content, "more_body": refused or rest is not None})
        if rest:
            await self._send_file(rest, send)
        if refused:
            await self._finish()
        if refused or rest:
            await send({"type": "http.response.body"})

    async def _send_file(self, file: IO[bytes], send: Send) -> None:
        leaving = asyncio.create_task(self._leaves())
        try:
            with closing(file):
                while not leaving.done() and (part := await asyncio.to_thread(file.read, PART)):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        finally:
            leaving.cancel()

    async def _leaves(self) -> None:
        """When the client does; of a file that is still being written nothing more is wanted then."""
        with suppress(RequestAborted):
            while True:
                await self._next()

    async def _finish(self) -> None:
        """Take the rest and throw it away, for a while."""
        with suppress(TimeoutError, RequestAborted):
            async with asyncio.timeout(SECONDS_TO_FINISH):
                while not self._over:
                    await self._next()

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise RequestAborted
        self._over = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        return part
