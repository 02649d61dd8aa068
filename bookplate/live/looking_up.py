"""Look-ups wait here: a view that needs to ask somebody elsewhere says so, and is asked anew once that is known.

Both times it is a request like any other, so who asks is looked at twice, and no thread is held in between.
"""

from collections.abc import Collection
from typing import Any

from bookplate.catalog.metadata import asking
from bookplate.catalog.metadata.lookups import SCOPE, Held
from bookplate.live.polling import App, Message, Receive, Send

BODY = {b"content-length", b"transfer-encoding"}


class LookUps:
    """Stands before the ASGI application `inner`; `addresses` are what the paths of such views begin with."""

    def __init__(self, inner: App, addresses: Collection[str]) -> None:
        self._inner, self._addresses = inner, tuple(addresses)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD") or not scope["path"].startswith(self._addresses):
            await self._inner(scope, receive, send)
            return
        offer = Held()
        answer = await self._ask(scope, receive, offer)
        if offer.wanted:
            offer.outcome = await asking.ask(offer.wanted)
            # What body there was is read; the view has no use for one.
            bare = [(name, value) for name, value in scope["headers"] if name not in BODY]
            answer = await self._ask(scope | {"headers": bare}, receive, offer)
        for message in answer:
            await send(message)

    async def _ask(self, scope: Any, receive: Receive, offer: Held) -> list[Message]:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._inner({**scope, SCOPE: offer}, receive, keep)
        return answer
