"""Get a small file from a server that may be slow, hostile or somebody else than it says.

An HTTP/1.1 client for this alone, on the event loop: httptools, which our own server reads with, and a connection that
is made to the very network address that was looked at (docs/decisions/metadata.md says why no client of a library).
"""

import asyncio
import ssl
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urljoin

import httptools

from bookplate.catalog.metadata.addresses import Place, place, resolved
from bookplate.catalog.metadata.errors import Unusable

REDIRECTS = 3
MOVED = {301, 302, 303, 307, 308}
CHUNK = 1 << 16
LONGEST_WAIT = 3600


@dataclass
class Response:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    @property
    def kind(self) -> str:
        """The media type alone."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def expect(self, *kinds: str) -> bytes:
        """The body of a plain success of one of these media types; raises `Unusable`."""
        if self.status != 200:
            raise Unusable(f"it answers with {self.status}", wait=self._wait())
        if self.kind not in kinds:
            raise Unusable(f"it answers with {self.kind[:60] or 'nothing known'} instead of {kinds[0]}")
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise Unusable("it answers with something packed, which was not asked for")
        return bytes(self.body)

    def _wait(self) -> float:
        asked = self.headers.get("retry-after", "")
        return min(int(asked), LONGEST_WAIT) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0


async def get(address: str, hosts: Collection[str], most: int) -> Response:
    """What is at `address`, at most `most` bytes; raises `Unusable`. How long it may take, the caller limits."""
    for _ in range(REDIRECTS + 1):
        response = await _once(place(address, hosts), most)
        if response.status not in MOVED:
            return response
        address = urljoin(address, response.headers.get("location", ""))
    raise Unusable("it sends from one address to the next without an end")


async def _once(where: Place, most: int) -> Response:
    reader, writer = await _connected(where)
    try:
        writer.write(_request(where))
        return await _read(reader, most)
    except OSError as error:
        raise Unusable(f"the connection broke: {error.strerror or 'it was closed'}") from None
    finally:
        writer.transport.abort()


async def _connected(where: Place) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the address that was looked at and no other: a name that resolves anew may name another one."""
    secure = {"ssl": _trust(), "server_hostname": where.host} if where.tls else {}
    reason = ""
    for number in await resolved(where.host, where.port):
        try:
            return await asyncio.open_connection(number, where.port, **secure)  # type: ignore[arg-type]
        except ssl.SSLCertVerificationError as error:
            reason = f"its certificate is not good: {error.verify_message}"
        except OSError as error:
            reason = f"it cannot be reached: {error.strerror or 'no connection'}"
    raise Unusable(reason)


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _request(where: Place) -> bytes:
    lines = [f"GET {where.target} HTTP/1.1", f"Host: {where.name}", "User-Agent: Bookplate (a library's catalogue)"]
    # Plain: what is packed could unpack to more than may be read.
    lines += ["Accept: */*", "Accept-Encoding: identity", "Connection: close"]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii")


async def _read(reader: asyncio.StreamReader, most: int) -> Response:
    incoming = _Incoming(most)
    while not incoming.complete:
        chunk = await reader.read(CHUNK)
        if not chunk:
            incoming.end()
            break
        incoming.take(chunk)
    return incoming.response


class _Incoming:
    """An answer as it comes in; the callbacks are httptools'."""

    def __init__(self, most: int) -> None:
        self.response, self.complete = Response(), False
        self._most, self._received = most, 0
        self._parser = httptools.HttpResponseParser(self)

    def take(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._received > self._most:
            raise Unusable(f"it answers with more than {self._most:,} bytes")
        try:
            self._parser.feed_data(chunk)
        except httptools.HttpParserError:
            raise Unusable("what it answers is not HTTP") from None

    def end(self) -> None:
        """Without a length an answer ends with its connection (RFC 9112, 6.3)."""
        headers = self.response.headers
        if not self.response.status or "content-length" in headers or "transfer-encoding" in headers:
            raise Unusable("its answer was cut off")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.response.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        self.response.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self.response.body += body

    def on_message_complete(self) -> None:
        if self.response.status < 200:  # such as 103 Early Hints; the answer itself follows
            self.response = Response()
        else:
            self.complete = True
