"""The outbox: what happened, written with the change, told after its commit (append only)."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict, Unpack

from asgiref.sync import SyncToAsync, async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import connection, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from bookplate.core.models import Audience, Event, bulk_insertion, insert_values, written

logger = logging.getLogger(__name__)

GROUP = "events"
# Any fixed number of our own; it names the lock that makes event ids commit in order.
ORDER_LOCK = 0xB00C
SECONDS_TO_TELL = 2.0
IN_ORDER = f"SET CONSTRAINTS ALL IMMEDIATE; SELECT pg_advisory_xact_lock({ORDER_LOCK})"


class About(TypedDict, total=False):
    """The fields of `Note` that say what it is about."""

    book: int | None
    copy: int | None
    user: int | None
    member: int | None
    note: str


@dataclass(frozen=True)
class Actor:
    """Who acts, by the user's id, and from which network address."""

    user: int | None = None
    address: str | None = None


# Asked when something is recorded, as a door may learn only later who is there; a command is nobody.
_actor: ContextVar[Callable[[], Actor]] = ContextVar("actor", default=Actor)


def actor() -> Actor:
    """Whoever acts now."""
    return _actor.get()()


@contextmanager
def acting(who: Callable[[], Actor]) -> Iterator[None]:
    """What is recorded within was done by `who()`."""
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)


class Note(NamedTuple):
    """One event to be recorded: its type ("loan.opened"), who it is for, and what it is about.

    `user` and `member` are whom it was done to, `note` a word for the audit ("member → librarian").
    """

    type: str
    audience: tuple[Audience, int | None]
    book: int | None = None
    copy: int | None = None
    user: int | None = None
    member: int | None = None
    note: str = ""


Row = tuple[Any, ...]
# What travels of an event; the rest is for the audit alone.
TRAVELS = ("book", "copy")


@dataclass(frozen=True)
class Kind:
    """A type of event, declared by the room that records it (`kinds.py` of each), with who may be its audience."""

    type: str
    did: str
    """What whoever caused it did: "lent a copy"."""
    audiences: tuple[Audience, ...]
    about: tuple[str, ...] = ()
    """The fields of `About` that it may have."""
    private: bool = False
    """None of the library's business: the audit leaves it out."""
    tells_member: bool = False
    """Beside its audience, whoever has the library card that it was done to hears of it."""

    @property
    def fields(self) -> list[str]:
        return [name for name in TRAVELS if name in self.about]


class Undeclared(Exception):
    """A room records something that its `kinds.py` does not know."""


_kinds: dict[str, Kind] = {}


def declare(kinds: Iterable[Kind]) -> None:
    """For each room, once at the start."""
    _kinds.update({kind.type: kind for kind in kinds})


def telling_members() -> list[str]:
    """The types of events that whoever has the card hears of."""
    return [kind.type for kind in kinds() if kind.tells_member]


def kinds() -> list[Kind]:
    """The catalogue of events: every kind there is, by its type."""
    return sorted(_kinds.values(), key=lambda kind: kind.type)


def _check(note: Note) -> None:
    kind = _kinds.get(note.type)
    if kind is None:
        raise Undeclared(f"Declare {note.type} in the kinds.py of its room.")
    if note.audience[0] not in kind.audiences:
        raise Undeclared(f"{note.type} is not for {note.audience[0]}, says the kinds.py of its room.")
    undeclared = [name for name in About.__annotations__ if getattr(note, name) and name not in kind.about]
    if undeclared:
        raise Undeclared(f"{note.type} has no {' or '.join(undeclared)}, says the kinds.py of its room.")


def record(type: str, audience: tuple[Audience, int | None], **about: Unpack[About]) -> None:
    record_all([Note(type, audience, **about)])


def record_all(notes: Iterable[Note]) -> None:
    """Write events; must be the last statement of its transaction.

    On PostgreSQL the lock is held until commit, so that ids appear in the order of commits and a
    reader that asks "since 7" can never miss a late 6. SQLite has one writer at a time anyway.
    Foreign keys are checked before, as else the check at commit would wait for rows of somebody
    who waits for this lock.
    """
    rows = _rows(notes)
    if not rows:
        return
    with transaction.atomic(savepoint=False):
        if connection.vendor == "postgresql":
            _write_in_order(rows)
        else:
            insert_values(Event, rows)
    transaction.on_commit(_wake_readers, robust=True)


def _write_in_order(rows: list[Row]) -> None:
    """One event in one go: what waits for the lock waits for each message to the database, too."""
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(f"{IN_ORDER}; {bulk_insertion(Event, 1).text}", rows[0])
            return
        cursor.execute(IN_ORDER)
    insert_values(Event, rows)


def _rows(notes: Iterable[Note]) -> list[Row]:
    """In the order of the fields of `Event`, of which an import writes thousands."""
    notes, by = list(notes), actor()
    for note in notes:
        _check(note)
    at, address = written(Event, "at", timezone.now()), written(Event, "address", by.address)
    return [
        (
            n.type,
            at,
            n.audience[0].value,
            n.audience[1],
            n.book,
            n.copy,
            by.user,
            address,
            n.user,
            n.member,
            n.note[:200],
        )
        for n in notes
    ]


def _wake_readers() -> None:
    """Tell every process that there is something new; readers fetch it from the table themselves.

    In a server its own loop does so, and the answer to the request does not wait for it. In a command
    nobody listens, so there is nothing to do unless the layer reaches other processes.
    """
    loop: asyncio.AbstractEventLoop | None = getattr(SyncToAsync.threadlocal, "main_event_loop", None)
    if loop and loop.is_running():
        asyncio.run_coroutine_threadsafe(_wake(), loop)
    elif not isinstance(get_channel_layer(), InMemoryChannelLayer):
        async_to_sync(_wake)()


async def _wake() -> None:
    """The change stands, whatever becomes of this: readers look at the table every few seconds by themselves."""
    try:
        # A Redis that is frozen answers nothing, for ever.
        async with asyncio.timeout(SECONDS_TO_TELL):
            await get_channel_layer().group_send(GROUP, {"type": "events.new"})
    except (OSError, RedisError) as error:  # `TimeoutError` is an `OSError`
        logger.warning("Live events are late, the channel layer is away: %s", str(error) or "no answer")
    except Exception:
        logger.exception("Live events are late, the channel layer stumbled.")
