"""How much a request may bring, who may bring a file, and with which verb: told before any room is asked.

Django reads a body to its end, large ones to the disk, before it looks at the request. So what is too large, or a
file from whoever may bring none, is cut where it comes in, and Django is told; it answers, so that a refusal has
the headers of any other answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, TypeAlias

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase, parse_cookie

from bookplate.config import errors
from bookplate.people import page_sessions, roles

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

# Where a request says with which status it is refused, or nothing.
REFUSED = "bookplate.refused"
# Addresses that take files, and who may send them one.
UPLOADS: dict[str, Callable[[roles.Viewer], bool]] = {"/imports/": roles.keeps_catalogue}
# What a form has beside its file.
MARGIN = 1_000_000
# Many clients listen for the answer only when they have sent everything, and lose it when the line is cut.
SECONDS_TO_FINISH = 5.0
VERBS_OF_PAGES = ["GET", "HEAD", "POST", "OPTIONS"]


def largest(path: str) -> int:
    uploads: int = settings.UPLOAD_LIMIT + MARGIN
    others: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return uploads if path in UPLOADS else others


async def refusal(scope: Message) -> int | None:
    """The status for what need not be read to be refused."""
    if _announced(scope) > largest(scope["path"]):
        return 413
    if scope["method"] == "POST" and scope["path"] in UPLOADS and not await _may_upload(scope):
        return 403
    return None


@database_sync_to_async  # type: ignore[untyped-decorator]
def _may_upload(scope: Message) -> bool:
    cookies = parse_cookie(b"; ".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1"))
    key = cookies.get(settings.SESSION_COOKIE_NAME)
    try:
        session = page_sessions.of(SessionStore(key)) if key else None
    except (OperationalError, InterfaceError):
        return True  # Django will meet the same fault and has the words for it.
    return session is not None and UPLOADS[scope["path"]](session.user)


class BodyLimit:
    """ASGI: passes on no more of a body than is allowed; `scope[REFUSED]` says why there was less than came."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        scope[REFUSED] = await refusal(scope)
        body = _Body(scope, receive, send)
        await self.app(scope, body.receive, body.send)
        if scope[REFUSED]:
            await body.finish()


class _Body:
    def __init__(self, scope: Message, receive: Receive, send: Send) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self.limit = largest(scope["path"])
        self.size = 0
        self.cut = self.over = False
        self.answered = asyncio.Event()

    async def receive(self) -> Message:
        message = {} if self.scope[REFUSED] else await self._next()
        if self.size > self.limit:
            self.scope[REFUSED] = self.scope[REFUSED] or 413
        if not self.scope[REFUSED]:
            return message
        return await self._gone() if self.cut else self._cut()

    async def send(self, message: Message) -> None:
        self.answered.set()
        if self.scope[REFUSED] and message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        elif self.scope[REFUSED]:
            message["more_body"] = True
        await self._send(message)

    async def finish(self) -> None:
        """End the answer when the rest has come, or after a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_FINISH):
                while not self.over:
                    await self._next()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _next(self) -> Message:
        message = await self._receive()
        self.size += len(message.get("body", b""))
        self.over = not message.get("more_body", False)
        return message

    def _cut(self) -> Message:
        self.cut = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _gone(self) -> Message:
        """The next thing that Django hears of this client is that it left; the rest is thrown away.

        Not before the answer, for asking for more tells a client that waits for leave to go on (100 Continue).
        """
        await self.answered.wait()
        while (message := await self._next())["type"] != "http.disconnect":
            pass
        return message


def _announced(scope: Message) -> int:
    told = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(told[0]) if told and told[0].isdigit() else 0


class LimitsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if status := getattr(request, "scope", {}).get(REFUSED):
            return errors.answer(request, status)
        if not request.path.startswith("/api/"):
            return self._page(request)
        return self.get_response(request)

    def _page(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in VERBS_OF_PAGES:
            answer = errors.answer(request, 405)
            answer["Allow"] = ", ".join(VERBS_OF_PAGES)
            return answer
        # Django decodes a form with any codec that Python has, bz2 included; browsers name none.
        if (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
            return errors.answer(request, 400)
        return self.get_response(request)
