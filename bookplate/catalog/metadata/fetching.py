"""Get a small file from a source: from its own origins alone, by HTTPS, whatever it redirects to (`core.outgoing`)."""

import time
from collections.abc import Collection
from urllib.parse import urljoin

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.http import parse_http_date_safe

from bookplate.catalog.metadata.errors import Unusable
from bookplate.core import outgoing
from bookplate.core.outgoing import Answer, NoAnswer, Request

REDIRECTS = 3
MOVED = {301, 302, 303, 307, 308}
LONGEST_WAIT = 3600
NO_ADDRESS = "it sends to something that is no address"


class Response:
    """What a source answered; it is used only as far as it is what was expected."""

    def __init__(self, answer: Answer) -> None:
        self.status, self._answer = answer.status, answer

    def expect(self, *kinds: str) -> bytes:
        """The body of a plain success of one of these media types; raises `Unusable`."""
        headers = self._answer.headers
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if self.status != 200:
            raise Unusable(f"it answers with {self.status}", wait=_seconds(headers.get("retry-after", "")))
        if kind not in kinds:
            raise Unusable(f"it answers with {kind[:60] or 'nothing known'} instead of {kinds[0]}")
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Unusable("it answers with something packed, which was not asked for")
        if not self._answer.whole:
            raise Unusable(f"it answers with more than {len(self._answer.body):,} bytes")
        return self._answer.body


def _seconds(text: str) -> float:
    """How long `Retry-After` asks for, in seconds or by a date (RFC 9110, 10.2.3); 0 where it says nothing."""
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_WAIT)
    at = parse_http_date_safe(text)
    return min(max(at - time.time(), 0), LONGEST_WAIT) if at else 0


async def get(address: str, origins: Collection[str], seconds: float) -> Response:
    """What is at `address`; raises `Unusable`. One of `origins` that has a dot after `//` is all hosts below it."""
    for _ in range(REDIRECTS + 1):
        answer = await _sent(iri_to_uri(address), origins, seconds)
        if answer.status not in MOVED:
            return Response(answer)
        address = _moved(address, answer)
    raise Unusable("it sends from one address to the next without an end")


def _moved(address: str, answer: Answer) -> str:
    try:
        return urljoin(address, answer.headers.get("location", ""))
    except ValueError:
        raise Unusable(NO_ADDRESS) from None


async def _sent(address: str, origins: Collection[str], seconds: float) -> Answer:
    try:
        _check(address, origins)
        return await outgoing.send(Request("GET", address), seconds=seconds, most=settings.METADATA_BYTES)
    except ValueError:
        raise Unusable(NO_ADDRESS) from None
    except NoAnswer as reason:
        raise Unusable(str(reason).rstrip(".")) from None


def _check(address: str, origins: Collection[str]) -> None:
    target = outgoing.parsed(address)
    scheme = "https" if target.secure else "http"
    parts = target.named.split(".")
    names = [target.named, *("." + ".".join(parts[start:]) for start in range(1, len(parts)))]
    if not {f"{scheme}://{name}" for name in names} & set(origins):
        raise Unusable(f"it sends to {target.named[:100]}, which is not one of its own")
