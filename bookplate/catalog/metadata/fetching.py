"""Get a small file from a source: from its own origins alone, by HTTPS, whatever it redirects to (`core.outgoing`)."""

from collections.abc import Collection
from urllib.parse import urljoin

from django.conf import settings
from django.utils.encoding import iri_to_uri

from bookplate.catalog.metadata.errors import Unusable
from bookplate.core import outgoing
from bookplate.core.outgoing import Answer, NoAnswer, Request

REDIRECTS = 3
MOVED = {301, 302, 303, 307, 308}
LONGEST_WAIT = 3600


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
    return min(int(text), LONGEST_WAIT) if text.isascii() and text.isdigit() and len(text) < 9 else 0


async def get(address: str, origins: Collection[str], seconds: float) -> Response:
    """What is at `address`; raises `Unusable`. One of `origins` that has a dot after `//` is all hosts below it."""
    for _ in range(REDIRECTS + 1):
        answer = await _sent(iri_to_uri(address), origins, seconds)
        if answer.status not in MOVED:
            return Response(answer)
        address = urljoin(address, answer.headers.get("location", ""))
    raise Unusable("it sends from one address to the next without an end")


async def _sent(address: str, origins: Collection[str], seconds: float) -> Answer:
    try:
        _check(address, origins)
        return await outgoing.send(Request("GET", address), seconds=seconds, most=settings.METADATA_BYTES)
    except ValueError:
        raise Unusable("it sends to something that is no address") from None
    except NoAnswer as reason:
        raise Unusable(str(reason).rstrip(".")) from None


def _check(address: str, origins: Collection[str]) -> None:
    target = outgoing.parsed(address)
    scheme = "https" if target.secure else "http"
    parts = target.named.split(".")
    names = [target.named, *("." + ".".join(parts[start:]) for start in range(1, len(parts)))]
    if not {f"{scheme}://{name}" for name in names} & set(origins):
        raise Unusable(f"it sends to {target.named[:100]}, which is not one of its own")
