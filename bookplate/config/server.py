"""HTTP through Django's synchronous stack on threads that stay, inside the ASGI process.

Django's own ASGI handler makes a thread and a database connection for each request to a synchronous view.
Here both stay from one request to the next (docs/decisions/bridge.md has the measurements). Asynchronous views
run on the event loop, by Django's own handler, beside the WebSockets.
"""

import asyncio
import io
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from inspect import iscoroutinefunction
from typing import IO, Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, set_script_prefix

from bookplate.config.bodies import PART, Body, Send
from bookplate.config.threads import Answer, ClientGone, Exchange, Threads


class Bridge(ASGIHandler):
    """The ASGI application of HTTP; at most `threads` requests are worked on at once."""

    def __init__(self, threads: int) -> None:
        self.load_middleware(is_async=False)
        self._threads = Threads(self.respond, threads)

    @cached_property
    def _asynchronous(self) -> tuple[str, ...]:
        return tuple(_prefixes(get_resolver().url_patterns))

    @cached_property
    def _on_the_loop(self) -> ASGIHandler:
        return ASGIHandler()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = Body(scope, receive)
        try:
            file = await body.read() if body.is_announced else io.BytesIO()
        except RequestAborted:
            return
        if scope["path"].startswith(self._asynchronous) and _is_async(scope["path"]):
            await self._on_the_loop(scope, body.again(file), send)
        else:
            await self._answer(body, Exchange(scope, file, receive, send), send)

    async def _answer(self, body: Body, exchange: Exchange, send: Send) -> None:
        care = self._threads.submit(exchange)
        try:
            answer = await exchange.done
        except asyncio.CancelledError:
            if exchange.gone:
                return
            raise
        finally:
            care.cancel()
            exchange.close()
        if answer:
            await body.answer(send, *answer)

    def respond(self, exchange: Exchange) -> Answer | None:
        """In a thread: Django's answer; None when it was streamed from here."""
        set_script_prefix(get_script_prefix(exchange.scope))
        request_started.send(sender=self.__class__, scope=exchange.scope)
        request, refusal = self.create_request(exchange.scope, exchange.body)
        response: Any = self.get_response(request) if request else refusal
        response._handler_class = self.__class__
        try:
            return self._told(exchange, response)
        finally:
            response.close()
            exchange.body.close()

    def _told(self, exchange: Exchange, response: Any) -> Answer | None:
        status, headers = response.status_code, _headers(response)
        if not response.streaming:
            return Answer(status, headers, response.content)
        if exchange.scope["method"] == "HEAD":
            return Answer(status, headers)
        if isinstance(response, FileResponse) and response.file_to_stream:
            return Answer(status, headers, *_file(response))
        with suppress(ClientGone):
            self._stream(exchange, status, headers, response)
        return None

    def _stream(self, exchange: Exchange, status: int, headers: Any, response: StreamingHttpResponse) -> None:
        exchange.loop.call_soon_threadsafe(exchange.watch)
        exchange.push({"type": "http.response.start", "status": status, "headers": headers})
        for part in response:
            exchange.push({"type": "http.response.body", "body": part, "more_body": True})
        exchange.push({"type": "http.response.body"})


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    told = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = [(b"Set-Cookie", morsel.OutputString().encode("ascii")) for morsel in response.cookies.values()]
    return told + cookies


def _file(response: Any) -> tuple[bytes, IO[bytes] | None]:
    """A file's beginning, and the file when there is more: the loop reads that, so a slow reader keeps no thread."""
    file: IO[bytes] = response.file_to_stream
    begin = file.read(PART)
    if len(begin) < PART:
        return begin, None
    response._resource_closers.remove(file.close)  # closed by whoever reads the rest
    return begin, file


def _prefixes(patterns: list[Any], before: str = "/") -> Iterator[str]:
    """What the addresses of asynchronous views begin with."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _prefixes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and iscoroutinefunction(pattern.callback):
            yield route.partition("<")[0].partition("(")[0].replace("^", "")


def _is_async(path: str) -> bool:
    try:
        return iscoroutinefunction(resolve(path).func)
    except Resolver404:
        return False
