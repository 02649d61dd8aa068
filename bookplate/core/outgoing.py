"""Requests that Bookplate sends: to public addresses alone, within a set time and size, redirects not followed.

A name is looked up once, and the connection goes to one of the addresses that were checked: what the name is changed to
a moment later makes no difference. Nothing here blocks; a thread that wants an answer calls `asyncio.run(send(…))`.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from itertools import count
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

import h11
from django.conf import settings

PORTS = {"http": 80, "https": 443}
MOST_BYTES = 1_000_000
# Besides as many bytes as the body may have: the head, and what says how long its parts are.
MOST_AROUND = 2**16
# Others have their turn on the loop after so many parts of an answer, which may be of one byte each.
PARTS_AT_ONCE = 50
GLOBAL_UNICAST = IPv6Network("2000::/3")
# The last 32 bits are an IPv4 address that a translator sends it on to (RFC 6052).
TRANSLATED = IPv6Network("64:ff9b::/96")
Address: TypeAlias = IPv4Address | IPv6Address


class NoAnswer(Exception):
    """Nothing that could be called an answer came; `str()` says why, in words for the person who wants it."""


class NotPublic(NoAnswer):
    """The address is none of the public internet, and no setting allows it."""


@dataclass(frozen=True)
class Target:
    """Where a request goes to, as its address (`https://example.org/hook?a=b`) says."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """The `Host` of the request."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


@dataclass(frozen=True)
class Request:
    method: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes
    whole: bool
    """Whether `body` is all of it: what is larger than was allowed is cut there."""


async def send(request: Request, *, seconds: float, most: int = MOST_BYTES) -> Answer:
    """What is answered, all within `seconds`, its body cut at `most` bytes; raises `NoAnswer`, or `ValueError` for
    an address that is none."""
    target = parsed(request.address)
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await _connect(target, seconds)
            try:
                talk = h11.Connection(h11.CLIENT)
                writer.write(_written(talk, request, target))
                return await _read(talk, reader, most)
            finally:
                writer.transport.abort()
    except TimeoutError:
        raise NoAnswer(f"{target.host} did not answer within {seconds:g} seconds.") from None
    except ssl.SSLError as error:
        raise NoAnswer(f"{target.host} has no certificate that is good for it ({error.reason}).") from None
    except OSError as error:
        raise NoAnswer(f"{target.host} cannot be reached ({_words(error)}).") from None
    except h11.ProtocolError:
        raise NoAnswer(f"{target.host} answered with something that is not HTTP.") from None


def parsed(address: str) -> Target:
    """Where `address` leads; raises `ValueError` with a sentence about what is wrong with it."""
    parts = _split(address)
    if parts.username is not None or parts.password is not None:
        raise ValueError("Leave name and password out of the address.")
    host = parts.hostname or ""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, parts.port or PORTS[parts.scheme], path)


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        good = parts.scheme in PORTS and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    # `urlsplit` leaves out line breaks without a word.
    if not good or not address.isascii() or not address.isprintable() or set(address) & set(' "<>\\^`{|}'):
        raise ValueError("Write an address such as https://example.org/hook, other characters percent-encoded.")
    return parts


def refuse_private(address: str) -> None:
    """Tell a person at once what would be refused later: raises `ValueError` where no look-up is needed to know."""
    host = parsed(address).host
    if host == "localhost" or host.endswith(".localhost"):
        meant = ["127.0.0.1", "::1"]
    else:
        meant = [host] if _is_literal(host) else []
    if meant and not any(may_reach(ip_address(one)) for one in meant):
        raise ValueError(str(_not_public(host)))


def is_public(address: Address) -> bool:
    """Whether it is one of the public internet, whatever form it is hidden in."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or (_last_32_bits(address) if address in TRANSLATED else None)
        if inner is not None:
            return is_public(inner)
        # 6to4 and Teredo lead to IPv4 addresses that nobody checked.
        if address not in GLOBAL_UNICAST or address.sixtofour or address.teredo:
            return False
    return address.is_global and not address.is_multicast


def may_reach(address: Address) -> bool:
    if is_public(address):
        return True
    plain = (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
    return any(plain in network for network in settings.REACHABLE_NETWORKS)


def _last_32_bits(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


def _is_literal(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def _not_public(host: str) -> NotPublic:
    return NotPublic(
        f"{host} is no public address. Whoever runs the server can allow it (BOOKPLATE_REACHABLE_NETWORKS)."
    )


async def _connect(target: Target, seconds: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the first of the checked addresses that takes the connection."""
    checked = await _look_up(target)
    secured: dict[str, Any] = {"ssl": _tls(), "server_hostname": target.host} if target.secure else {}
    trouble: OSError = OSError("no address")
    for address in checked:
        try:
            async with asyncio.timeout(seconds / len(checked)):
                return await asyncio.open_connection(str(address), target.port, limit=2**16, **secured)
        except OSError as error:  # `TimeoutError` is one
            trouble = error
    raise trouble


async def _look_up(target: Target) -> list[Address]:
    try:
        found = await _resolved(target)
    except (socket.gaierror, UnicodeError):
        raise NoAnswer(f"There is no {target.host}.") from None
    checked = [address for *_, place in found if may_reach(address := ip_address(place[0]))]
    if not checked:
        raise _not_public(target.host)
    return checked


async def _resolved(target: Target) -> list[Any]:
    """In a thread of its own that nobody waits for: those of the loop are few, and who knows names may be silent."""
    found: Future[list[Any]] = Future()
    found.set_running_or_notify_cancel()

    def look_up() -> None:
        try:
            found.set_result(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.set_exception(error)

    threading.Thread(target=look_up, name="names", daemon=True).start()
    return await asyncio.wrap_future(found)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _written(talk: h11.Connection, request: Request, target: Target) -> bytes:
    usual = {"Host": target.named, "User-Agent": "Bookplate", "Accept-Encoding": "identity", "Connection": "close"}
    length = {"Content-Length": str(len(request.body))} if request.body or request.method == "POST" else {}
    headers = {**usual, **request.headers, **length}
    head = h11.Request(method=request.method, target=target.path, headers=list(headers.items()))
    return b"".join(talk.send(part) or b"" for part in (head, h11.Data(data=request.body), h11.EndOfMessage()))


async def _read(talk: h11.Connection, reader: asyncio.StreamReader, most: int) -> Answer:
    response, content, whole = None, bytearray(), False
    parts, left = count(1), 2 * most + MOST_AROUND
    while not whole and len(content) <= most and left > 0:
        if next(parts) % PARTS_AT_ONCE == 0:
            await asyncio.sleep(0)
        event = talk.next_event()
        if event is h11.NEED_DATA:
            left -= len(part := await reader.read(2**16))
            talk.receive_data(part)
        elif isinstance(event, h11.Response):
            response = event
        elif isinstance(event, h11.Data):
            content += event.data
        whole = isinstance(event, h11.EndOfMessage)
    if response is None:
        raise h11.RemoteProtocolError("no response")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
    return Answer(response.status_code, headers, bytes(content[:most]), whole and len(content) <= most)


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
