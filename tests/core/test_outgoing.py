"""What Bookplate sends goes to public addresses alone, in time, and no further than it was told (G24)."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import h11
import pytest

from bookplate.core import outgoing
from bookplate.core.outgoing import Answer, NoAnswer, NotPublic, Request, Target
from tests.receiver import Receiver, Reply, receiving

PUBLIC = ["1.1.1.1", "2606:4700::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]
PRIVATE = [
    "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1", "192.168.1.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "fec0::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::",
    "2001:0:4136:e378::", "64:ff9b:1::1.1.1.1", "100::1",
]  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def here(settings: Any) -> None:
    """This machine may be asked."""
    settings.REACHABLE_NETWORKS = [ip_network("127.0.0.1")]


def get(address: str, **options: int) -> Answer:
    return asyncio.run(outgoing.send(Request("GET", address), seconds=20, **options))


def refusal(address: str) -> str:
    with pytest.raises(NoAnswer) as refused:
        get(address)
    return str(refused.value)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert outgoing.is_public(ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not outgoing.is_public(ip_address(address))


def test_a_setting_allows_more(settings: Any) -> None:
    settings.REACHABLE_NETWORKS = [ip_network("192.168.1.0/24"), ip_network("fd00::/8")]

    allowed = [one for one in [*PRIVATE, "192.168.2.1", "::ffff:192.168.1.9"] if outgoing.may_reach(ip_address(one))]
    assert allowed == ["192.168.1.1", "fd12::1", "::ffff:192.168.1.9"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0"])
def test_a_private_address_is_not_connected_to(receiver: Receiver, host: str) -> None:
    with pytest.raises(NotPublic, match="is no public address"):
        get(f"http://{host}:{receiver.port}/")

    assert receiver.got == []


@pytest.mark.usefixtures("here")
def test_an_answer(receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(203, {"X-Name": "x"}, b"hello")

    answer = asyncio.run(
        outgoing.send(Request("POST", receiver.url("/a?b=c"), {"X-Mine": "m"}, b"{}"), seconds=20, most=5)
    )

    assert (answer.status, answer.headers["x-name"], answer.body, answer.whole) == (203, "x", b"hello", True)
    [got] = receiver.got
    assert (got.method, got.path, got.body, got.headers["x-mine"]) == ("POST", "/a?b=c", b"{}", "m")
    assert (got.headers["host"], got.headers["content-length"]) == (f"127.0.0.1:{receiver.port}", "2")


@pytest.mark.usefixtures("here")
def test_a_redirect_is_an_answer_like_any_other(receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(307, {"Location": "/elsewhere"})

    assert get(receiver.url()).status == 307
    assert [got.path for got in receiver.got] == ["/hook"]


@pytest.mark.usefixtures("here")
def test_a_name_that_leads_elsewhere_the_second_time_is_looked_up_once(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebinding: the first answer is good, and each later one would be the address of something inside."""
    asked: list[str] = []

    def getaddrinfo(host: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, receiver.port))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert get(f"http://rebinding.example:{receiver.port}/").status == 200
    assert asked == ["rebinding.example"]
    assert receiver.got[0].headers["host"] == f"rebinding.example:{receiver.port}"

    # The next request is checked anew.
    with pytest.raises(NotPublic):
        get(f"http://rebinding.example:{receiver.port}/")


@pytest.mark.usefixtures("here")
def test_of_several_addresses_only_those_allowed_are_tried(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    connect = asyncio.open_connection

    async def open_connection(host: str, *args: Any, **kwargs: Any) -> Any:
        tried.append(host)
        return await connect(host, *args, **kwargs)

    places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in ("10.0.0.1", "127.0.0.1", "192.168.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
    monkeypatch.setattr(asyncio, "open_connection", open_connection)

    assert get(f"http://two.example:{receiver.port}/").status == 200
    assert tried == ["127.0.0.1"]


@asynccontextmanager
async def answering(act: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A server that says what it likes once it was asked."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await act(writer)
        except OSError:
            return  # whoever asked has gone
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def drips(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, so that no single wait is long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def never_ends(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()


@pytest.mark.usefixtures("here")
async def test_a_body_is_cut() -> None:
    async with answering(never_ends) as address:
        answer = await outgoing.send(Request("GET", address), seconds=20, most=1000)

    assert (answer.status, answer.body, answer.whole) == (200, b"x" * 1000, False)


@pytest.mark.usefixtures("here")
async def test_what_stands_around_a_body_is_limited_too() -> None:
    sent = 0

    async def says_much_about_each_byte(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1;" + b"a" * 10_000 + b"\r\nx\r\n")
            sent += 10_000
            await writer.drain()

    async with answering(says_much_about_each_byte) as address:
        answer = await outgoing.send(Request("GET", address), seconds=20, most=10_000)

    assert (answer.status, answer.whole) == (200, False)
    assert sent < 20_000_000  # what the kernel's buffers take


async def says_nothing(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("act", [drips, says_nothing])
async def test_the_time_is_for_all_of_it(act: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> None:
    begun = time.monotonic()
    async with answering(act) as address:
        with pytest.raises(NoAnswer, match=r"127\.0\.0\.1 did not answer within 0\.3 seconds\."):
            await outgoing.send(Request("GET", address), seconds=0.3)

        # Long before the one would be through, or the other speak; and not the usual time of a webhook either.
        assert time.monotonic() - begun < 5


NO_HTTP = [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 2**20, b"HTTP/1.1 200 OK\r\n"]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("said", NO_HTTP, ids=["ssh", "nothing", "endless-headers", "half"])
async def test_what_is_no_http(said: bytes) -> None:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    async with answering(act) as address:
        with pytest.raises(NoAnswer, match="answered with something that is not HTTP"):
            await outgoing.send(Request("GET", address), seconds=20)


@pytest.mark.usefixtures("here")
def test_nobody_there() -> None:
    with socket.socket() as taken:  # bound, but not listening
        taken.bind(("127.0.0.1", 0))
        words = refusal(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert words.startswith("127.0.0.1 cannot be reached (")


def test_nobody_waits_for_whoever_knows_names(monkeypatch: pytest.MonkeyPatch) -> None:
    known = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: known.wait(20))
    begun = time.monotonic()

    with pytest.raises(NoAnswer, match=r"hooks\.example did not answer within 0\.2 seconds"):
        asyncio.run(outgoing.send(Request("GET", "https://hooks.example/"), seconds=0.2))
    assert time.monotonic() - begun < 5
    known.set()


def test_no_such_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert refusal("https://nowhere.example/") == "There is no nowhere.example."


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[tuple[int, Path]]:
    """A server with a certificate for localhost, which nobody vouches for; its port and the certificate."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    making = await asyncio.create_subprocess_exec(*made, *names, "-keyout", key, "-out", certificate)
    assert await making.wait() == 0
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1], certificate


@pytest.mark.usefixtures("here")
async def test_the_certificate_must_be_good_for_the_name(
    secure: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, certificate = secure
    with pytest.raises(NoAnswer, match="localhost has no certificate that is good for it"):
        await outgoing.send(Request("GET", f"https://localhost:{port}/"), seconds=20)

    monkeypatch.setattr(outgoing, "_tls", lambda: ssl.create_default_context(cafile=str(certificate)))
    assert (await outgoing.send(Request("GET", f"https://localhost:{port}/"), seconds=20)).status == 204
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1 has no certificate that is good for it"):
        await outgoing.send(Request("GET", f"https://127.0.0.1:{port}/"), seconds=20)


TARGETS = {
    "https://example.org": Target(True, "example.org", 443, "/"),
    "http://EXAMPLE.org:8080/a%20b?c=d#e": Target(False, "example.org", 8080, "/a%20b?c=d"),
    "https://[2606:4700::1]/x": Target(True, "2606:4700::1", 443, "/x"),
}


def test_where_an_address_leads() -> None:
    assert {address: outgoing.parsed(address) for address in TARGETS} == TARGETS
    assert [target.named for target in TARGETS.values()] == ["example.org", "example.org:8080", "[2606:4700::1]"]


WRONG = [
    "", "example.org", "ftp://example.org/", "https://", "https:///x", "https://e.org:0/", "https://e.org:99999/",
    "https://e.org/a b", "https://e.org/\r\nX: y", "https://bücher.example/", "https://[::1/", "https://e.org/\x00",
    "https://u:p@e.org/", "https://u@e.org/", "javascript:alert(1)", "https://e.org/<x>",
]  # fmt: skip


@pytest.mark.parametrize("address", WRONG)
def test_what_leads_nowhere(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        outgoing.parsed(address)


def test_what_is_known_to_be_private_is_told_at_once(settings: Any) -> None:
    private = ["http://localhost/", "http://a.localhost/", "http://127.0.0.1/", "http://[::1]:8000/", "http://10.1.2.3"]
    for address in private:
        with pytest.raises(ValueError, match="is no public address"):
            outgoing.refuse_private(address)
    outgoing.refuse_private("https://example.org/")

    settings.REACHABLE_NETWORKS = [ip_network("127.0.0.0/8")]
    outgoing.refuse_private("http://localhost/")


async def test_an_answer_in_tiny_parts_leaves_the_loop_to_others() -> None:
    """Read from what has arrived already, it would not let go of the loop before its end."""
    reader, turns, parts = asyncio.StreamReader(), 0, 5_000
    reader.feed_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * parts + b"0\r\n\r\n")
    talk = h11.Connection(h11.CLIENT)
    outgoing._written(talk, Request("GET", "https://example.org/"), outgoing.parsed("https://example.org/"))

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    answer = await outgoing._read(talk, reader, 10_000)
    beside.cancel()

    assert (answer.body, answer.whole) == (b"x" * parts, True)
    assert turns >= parts / outgoing.PARTS_AT_ONCE
