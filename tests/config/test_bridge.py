"""The bridge beside Django's own ASGI handler, on the same requests; and what only the bridge promises."""

import asyncio
import errno
import io
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished, request_started
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import clear_url_caches, path
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition

from bookplate.config import bodies, threads
from bookplate.config.server import Bridge

Message = dict[str, Any]
outer: ContextVar[str] = ContextVar("outer", default="nothing")
HERE = Path(__file__)


def echo(request: HttpRequest) -> HttpResponse:
    told = [request.method, request.path, request.GET.dict(), request.body.decode(), request.headers.get("X-Odd", "")]
    return HttpResponse(repr(told), headers={"X-Answer": "ü"})


def cookies(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(repr(sorted(request.COOKIES.items())))
    response.set_cookie("a", "1", httponly=True, samesite="Lax")
    response.set_cookie("b", "two words", max_age=5)
    response.delete_cookie("c")
    patch_cache_control(response, private=True)
    return response


def form(request: HttpRequest) -> HttpResponse:
    files = {name: request.FILES.getlist(name)[0].read().decode() for name in request.FILES}
    return HttpResponse(repr([request.POST.dict(), files]))


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        (f"part {number}, {outer.get()}; " for number in range(3)), headers={"X-Streamed": "yes"}
    )


def broken_stream(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[str]:
        yield "so far"
        raise ValueError("broken in the middle")

    return StreamingHttpResponse(parts())


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(HERE.open("rb"))


def large_file(request: HttpRequest) -> FileResponse:
    return FileResponse(io.BytesIO(bytes(range(256)) * 1000), filename="large.bin")


@condition(etag_func=lambda request: '"known"')
def known(request: HttpRequest) -> HttpResponse:
    return HttpResponse("known")


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("broken")


def context(request: HttpRequest) -> HttpResponse:
    was = outer.get()
    outer.set("changed")
    return HttpResponse(was)


async def where() -> str:
    await asyncio.sleep(0)
    return f"{threading.current_thread().name} {outer.get()}"


def calls_the_loop(request: HttpRequest) -> HttpResponse:
    return HttpResponse(async_to_sync(where)())


async def asynchronous(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(f"{await where()} {number} {request.body.decode()}")


async def trickle(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[str]:
        for number in range(3):
            yield f"{number} "
            await asyncio.sleep(0)

    return StreamingHttpResponse(parts())


def thread(request: HttpRequest) -> HttpResponse:
    connection.ensure_connection()
    return HttpResponse(f"{threading.get_ident()} {id(connection.connection)}")


def closes(request: HttpRequest) -> HttpResponse:
    connection.close()
    return HttpResponse("closed")


VIEWS: list[Any] = [
    closes,
    large_file,
    echo,
    cookies,
    form,
    stream,
    broken_stream,
    file,
    known,
    broken,
    context,
    calls_the_loop,
    thread,
]
urlpatterns = [path(f"{view.__name__}/", view) for view in VIEWS]
urlpatterns += [path("waits/<int:number>/", asynchronous), path("waits/trickle/", trickle)]
handler500 = "tests.config.test_bridge.fault"


def fault(request: HttpRequest) -> HttpResponse:
    return HttpResponse("A fault.", status=500)


def broken_middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], Any]:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path == "/echo/" and "broken" in request.GET:
            raise ValueError("broken in a middleware")
        return get_response(request)

    return middleware


@pytest.fixture(autouse=True)
def ours(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [
        "django.middleware.common.CommonMiddleware",
        "tests.config.test_bridge.broken_middleware",
        "django.middleware.http.ConditionalGetMiddleware",
    ]
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000


class Client:
    """One request to an ASGI application, as a server would make it."""

    def __init__(self, head: str, body: bytes = b"", **headers: str) -> None:
        method, _, address = head.partition(" ")
        where, _, query = address.partition("?")
        given = {"host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if body:
            given.setdefault("content-length", str(len(body)))
        self.scope: Message = {
            "type": "http",
            "method": method,
            "path": where,
            "query_string": query.encode("latin-1"),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
            "scheme": "http",
        }
        parts = [body[at : at + 70_000] for at in range(0, len(body), 70_000)] or [b""]
        last = len(parts) - 1
        self._coming = [{"type": "http.request", "body": p, "more_body": n < last} for n, p in enumerate(parts)]
        self.left = asyncio.Event()
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if self._coming:
            return self._coming.pop(0)
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(dict(message))

    async def ask(self, app: Any) -> tuple[int, list[tuple[str, str]], bytes]:
        await app(self.scope, self.receive, self.send)
        start, *bodies = self.sent
        headers = [(name.decode().lower(), value.decode("latin-1").strip()) for name, value in start["headers"]]
        assert [part.get("more_body", False) for part in bodies] == [True] * (len(bodies) - 1) + [False]
        return start["status"], sorted(headers), b"".join(part.get("body", b"") for part in bodies)


MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="word"\r\n\r\nh\xc3\xa9llo\r\n'
    b'--x\r\nContent-Disposition: form-data; name="list"; filename="a.txt"\r\n\r\n'
    + b"a" * 3_000_000
    + b"\r\n--x--\r\n"
)
FORM_TYPE = "multipart/form-data; boundary=x"
REQUESTS: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "a query and headers": ("GET /echo/?a=1&b=%C3%BC", b"", {"x_odd": "\xff"}),
    "a body": ("POST /echo/", b"a body", {"content_type": "text/plain"}),
    "a body without a length": ("POST /echo/", b"in parts", {"transfer_encoding": "chunked", "content_length": ""}),
    "HEAD": ("HEAD /echo/", b"", {}),
    "HEAD of a stream": ("HEAD /stream/", b"", {}),
    "OPTIONS": ("OPTIONS /echo/", b"", {}),
    "cookies": ("GET /cookies/", b"", {"cookie": "a=b; c=d"}),
    "a form": ("POST /form/", b"a=1&b=2", {"content_type": "application/x-www-form-urlencoded"}),
    "a form with a file": ("POST /form/", MULTIPART, {"content_type": FORM_TYPE}),
    "a stream": ("GET /stream/", b"", {}),
    "a file": ("GET /file/", b"", {}),
    "a large file": ("GET /large_file/", b"", {}),
    "known": ("GET /known/", b"", {}),
    "not modified": ("GET /known/", b"", {"if_none_match": '"known"'}),
    "a fault": ("GET /broken/", b"", {}),
    "a fault in a middleware": ("GET /echo/?broken=1", b"", {}),
    "nothing there": ("GET /nothing/", b"", {}),
    "no slash": ("GET /echo", b"", {}),
    "another host": ("GET /echo/", b"", {"host": "evil.example"}),
    "an odd query": ("GET /echo/?\xff", b"", {}),
    "context from outside": ("GET /context/", b"", {}),
    "an asynchronous view": ("POST /waits/7/", b"with a body", {}),
    "an asynchronous stream": ("GET /waits/trickle/", b"", {}),
}


@pytest.mark.parametrize("name", REQUESTS)
async def test_the_answer_is_that_of_djangos_own_handler(name: str) -> None:
    head, body, headers = REQUESTS[name]
    outer.set("from outside")
    expected = await Client(head, body, **headers).ask(ASGIHandler())
    outer.set("from outside")
    given = await Client(head, body, **headers).ask(Bridge(4))

    if head.startswith("HEAD"):  # whose body no server sends
        expected, given = (*expected[:2], b""), (*given[:2], b"")
    assert given == expected


async def test_a_stream_that_breaks_is_cut_off_not_ended() -> None:
    client = Client("GET /broken_stream/")
    with pytest.raises(ValueError, match="in the middle"):
        await client.ask(Bridge(4))

    assert [message.get("more_body") for message in client.sent] == [None, True]


async def test_what_a_view_calls_asynchronously_runs_on_the_servers_loop() -> None:
    outer.set("from outside")
    for address in ("/calls_the_loop/", "/waits/7/"):
        _, _, told = await Client(f"GET {address}").ask(Bridge(4))
        assert told.decode().startswith("MainThread from outside")


@pytest.mark.django_db(transaction=True)
async def test_threads_and_their_connections_stay() -> None:
    bridge = Bridge(1)
    told = {(await Client("GET /thread/").ask(bridge))[2] for _ in range(5)}
    assert bridge._threads._lost == 0
    await Client("GET /closes/").ask(bridge)

    assert len(told) == 1
    assert bridge._threads._lost == 1


async def test_each_request_begins_and_finishes_once() -> None:
    seen: list[str] = []
    began, ended = (lambda **_: seen.append("began")), (lambda **_: seen.append("ended"))
    request_started.connect(began)
    request_finished.connect(ended)
    try:
        for address in ("/echo/", "/stream/", "/broken/", "/known/"):
            await Client(f"GET {address}").ask(Bridge(4))
    finally:
        request_started.disconnect(began)
        request_finished.disconnect(ended)

    assert seen == ["began", "ended"] * 4


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """What `/stuck/` waits for."""
    gate = threading.Event()

    def stuck(request: HttpRequest) -> HttpResponse:
        visits.append(request.path)
        gate.wait(20)
        return HttpResponse("free")

    visits.clear()
    monkeypatch.setattr(threads, "PATIENCE", 0.005)
    urlpatterns.append(path("stuck/", stuck))
    clear_url_caches()
    yield gate
    gate.set()
    urlpatterns.pop()
    clear_url_caches()


visits: list[str] = []


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_stuck_views_do_not_stop_the_others(gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "HELPING_SECONDS", 0.1)
    bridge = Bridge(20)
    stuck = [asyncio.create_task(Client("GET /stuck/").ask(bridge)) for _ in range(10)]
    await until(lambda: len(visits) == 10)
    status, _, _ = await asyncio.wait_for(Client("GET /echo/").ask(bridge), 2)
    gate.set()

    assert (status, [(await task)[2] for task in stuck]) == (200, [b"free"] * 10)
    while bridge._threads._count > bridge._threads._few:  # although there is always something to do
        await asyncio.wait_for(Client("GET /echo/").ask(bridge), 2)


async def test_a_thread_that_waits_for_its_turn_is_not_stuck(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine; more of them would make it worse, and each holds a connection with its memory."""
    run = threads.Threads._run

    def late(self: threads.Threads, stays: bool) -> None:
        time.sleep(0.1)
        run(self, stays)

    monkeypatch.setattr(threads.Threads, "_run", late)
    bridge = Bridge(20)
    status, _, _ = await Client("GET /echo/").ask(bridge)

    assert (status, bridge._threads._count) == (200, 1)


def slow(request: HttpRequest) -> HttpResponse:
    visits.append(request.path)
    time.sleep(0.2)
    return HttpResponse("slow")


async def test_an_answer_does_not_wait_for_the_request_after_it(gate: threading.Event) -> None:
    """Even one that took longer than it is looked after as a newcomer."""
    urlpatterns.insert(0, path("slow/", slow))
    clear_url_caches()
    bridge = Bridge(1)
    first = asyncio.create_task(Client("GET /slow/").ask(bridge))
    await until(lambda: visits == ["/slow/"])
    second = asyncio.create_task(Client("GET /stuck/").ask(bridge))
    status, _, told = await asyncio.wait_for(first, 5)
    del urlpatterns[0]

    assert (status, told, second.done()) == (200, b"slow", False)
    gate.set()
    assert (await second)[2] == b"free"


async def test_a_slow_reader_of_a_file_keeps_no_thread() -> None:
    client = Slow("GET /large_file/")
    bridge = Bridge(1)
    asked = asyncio.create_task(client.ask(bridge))
    await until(lambda: len(client.sent) == 2)

    assert (await asyncio.wait_for(Client("GET /echo/").ask(bridge), 2))[0] == 200
    client.goes_on.set()
    assert (await asked)[2] == bytes(range(256)) * 1000


class Endless(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return bytes(size)


def endless_file(request: HttpRequest) -> FileResponse:
    files.append(Endless())
    return FileResponse(files[0])


files: list[Endless] = []


async def test_a_file_is_closed_when_its_reader_leaves() -> None:
    urlpatterns.insert(0, path("endless/", endless_file))
    clear_url_caches()
    client = Client("GET /endless/")
    asked = asyncio.create_task(client.ask(Bridge(1)))
    await until(lambda: len(client.sent) > 2)
    del urlpatterns[0]

    client.left.set()
    await asyncio.wait_for(asked, 5)
    assert files[0].closed


class FullDisk(io.BytesIO):
    def write(self, part: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(bodies, "SpooledTemporaryFile", lambda *_: FullDisk())
    settings.MIDDLEWARE = ["bookplate.config.limits.LimitsMiddleware"]
    status, headers, told = await Client("POST /api/nothing/", b"a body").ask(Bridge(1))

    assert (status, b"disk is full" in told) == (507, True)
    assert ("connection", "close") in headers


async def test_where_a_connection_is_lost_the_others_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[int] = []
    monkeypatch.setattr("bookplate.config.threads.connections.close_all", lambda: closed.append(threading.get_ident()))
    bridge = Bridge(1)
    await Client("GET /echo/").ask(bridge)
    assert closed == []
    bridge._threads._lost += 1
    await Client("GET /echo/").ask(bridge)
    await Client("GET /echo/").ask(bridge)

    assert len(closed) == 1


async def test_no_more_threads_than_allowed(gate: threading.Event) -> None:
    bridge = Bridge(2)
    asked = [asyncio.create_task(Client("GET /stuck/").ask(bridge)) for _ in range(5)]
    await until(lambda: len(visits) == 2)
    await asyncio.sleep(0.2)
    assert len(visits) == 2
    gate.set()

    assert [(await task)[0] for task in asked] == [200] * 5


async def test_what_a_client_left_behind_is_not_begun(gate: threading.Event) -> None:
    bridge = Bridge(1)
    first, second = Client("GET /stuck/"), Client("GET /stuck/")
    asked = [asyncio.create_task(client.ask(bridge)) for client in (first, second)]
    await until(lambda: len(visits) == 1)
    second.left.set()
    with pytest.raises(ValueError, match="unpack"):  # there was no answer
        await asked[1]
    gate.set()

    assert ((await asked[0])[0], second.sent, visits) == (200, [], ["/stuck/"])
    assert (await Client("GET /echo/").ask(bridge))[0] == 200


class Slow(Client):
    """Takes one message, then none until told."""

    def __init__(self, head: str) -> None:
        super().__init__(head)
        self.goes_on = asyncio.Event()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if len(self.sent) > 1:
            await self.goes_on.wait()


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What happens to `/endless/`."""
    told: list[str] = []

    def parts() -> Iterator[bytes]:
        try:
            while True:
                told.append("made")
                yield b"a" * 1000
        finally:
            told.append("closed")

    urlpatterns.append(path("endless/", lambda request: StreamingHttpResponse(parts())))
    clear_url_caches()
    yield told
    urlpatterns.pop()
    clear_url_caches()


async def test_a_stream_waits_for_its_reader(endless: list[str]) -> None:
    client = Slow("GET /endless/")
    asked = asyncio.create_task(client.ask(Bridge(4)))
    await until(lambda: len(client.sent) == 2)
    await asyncio.sleep(0.1)
    assert endless == ["made"]
    client.left.set()
    client.goes_on.set()
    await until(lambda: endless[-1:] == ["closed"])
    with suppress(AssertionError):
        await asked


async def test_a_reader_that_hangs_is_given_up(endless: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "STALLED_SECONDS", 0.1)
    client = Slow("GET /endless/")
    bridge = Bridge(1)
    asked = asyncio.create_task(client.ask(bridge))
    await until(lambda: endless[-1:] == ["closed"])

    assert (await Client("GET /echo/").ask(bridge))[0] == 200
    with suppress(AssertionError):
        await asked
