"""Ask the sources about a book, on the event loop: in turn, within a set time, once for all who want to know.

Nothing here touches the database, so no connection, transaction or thread is held while somebody elsewhere thinks.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from django.conf import settings

from bookplate.catalog.metadata import fetching, sources
from bookplate.catalog.metadata.answers import Outcome, Values, Wanted, believed
from bookplate.catalog.metadata.breaker import Breaker
from bookplate.catalog.metadata.errors import Unusable
from bookplate.catalog.metadata.fetching import Response
from bookplate.catalog.metadata.sources import Source

MOST_AT_ONCE = 8
TOO_SLOW = "it did not answer in time"
# A megabyte may take seconds to understand, and the loop has others to answer. One at a time: they share the processor.
_aside = ThreadPoolExecutor(1, thread_name_prefix="metadata")
_breakers: defaultdict[str, Breaker] = defaultdict(Breaker)


def forget_failures() -> None:
    _breakers.clear()


class Asker:
    """What is being asked on one event loop."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._flights: dict[Wanted, asyncio.Task[Outcome]] = {}

    async def ask(self, wanted: Wanted) -> Outcome:
        """Never raises and never takes longer than a look-up may. All who ask the same meanwhile share one answer."""
        flight = self._flights.get(wanted)
        if flight is None:
            flight = self._flights[wanted] = asyncio.create_task(self._ask(wanted))
            flight.add_done_callback(lambda _: self._flights.pop(wanted))
        # Who leaves does not end it for the others.
        return await asyncio.shield(flight)

    async def _ask(self, wanted: Wanted) -> Outcome:
        until = asyncio.get_running_loop().time() + settings.METADATA_SECONDS
        try:
            async with asyncio.timeout_at(until):
                await self._turns.acquire()
        except TimeoutError:
            return Outcome(failed={name: Unusable("too many books are looked up at once") for name in wanted.sources})
        try:
            return await _in_turn(wanted, until)
        finally:
            self._turns.release()


async def _in_turn(wanted: Wanted, until: float) -> Outcome:
    outcome, missing = Outcome(), wanted.missing
    for number, name in enumerate(wanted.sources, 1):
        # One that says nothing leaves half of the time to those after it.
        share = 1.0 if number == len(wanted.sources) else 0.5
        try:
            outcome.said[name] = said = await _ask_one(sources.named(name), wanted.isbn, until, share)
        except Unusable as reason:
            outcome.failed[name] = reason
            continue
        missing = missing - (said or {}).keys()
        if not missing:
            break
    return outcome


async def _ask_one(source: Source, isbn: str, until: float, share: float) -> Values | None:
    """Raises `Unusable`."""
    loop = asyncio.get_running_loop()
    now = loop.time()
    with counted(source.name):
        async with asyncio.timeout_at(now + share * max(until - now, 0)):
            answer = await fetching.get(source.address(isbn), source.origins, settings.METADATA_SECONDS)
            return await loop.run_in_executor(_aside, _understood, source, answer, isbn)


def _understood(source: Source, answer: Response, isbn: str) -> Values | None:
    known = source.read(answer, isbn)
    return (believed(known) or None) if known else None


@contextmanager
def counted(name: str) -> Iterator[None]:
    """One question to `name`, if it may be asked now, and whether it went well; raises `Unusable`."""
    breaker = _breakers[name]
    if wait := breaker.wait():
        raise Unusable("it is left alone for a while after it failed", wait)
    try:
        yield
    except (TimeoutError, Unusable) as fault:
        reason = fault if isinstance(fault, Unusable) else Unusable(TOO_SLOW)
        breaker.failed(reason.wait)
        raise reason from None
    breaker.succeeded()


_askers: WeakKeyDictionary[asyncio.AbstractEventLoop, Asker] = WeakKeyDictionary()


async def ask(wanted: Wanted) -> Outcome:
    """As `Asker.ask`, with all others on this event loop."""
    loop = asyncio.get_running_loop()
    asker = _askers.get(loop) or _askers.setdefault(loop, Asker())
    return await asker.ask(wanted)
