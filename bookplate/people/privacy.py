"""What is held about a person: shown to them as one download, erased when they want, forgotten in time (G13).

Each room registers its part at start, as only it knows its tables. Parts of higher rooms come first
(`INSTALLED_APPS` has them so), so that a loan lets go of a card before the card is gone.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from bookplate.core import events
from bookplate.core.cells import safe
from bookplate.core.events import Note
from bookplate.core.models import Audience, locked
from bookplate.people import administration
from bookplate.people.models import User

Table = Iterable[Mapping[str, Any]]


def _nothing() -> int:
    return 0


@dataclass(frozen=True)
class Part:
    """One room's part."""

    held: Callable[[User], Mapping[str, Table]]
    """Everything about the person: the name of each table, and its rows."""
    erase: Callable[[User], list[Note]]
    """Remove or unname it all, in the transaction of the caller; raises a `Refusal` where that cannot be yet.

    What it has to tell, it returns: events are recorded last (`core.events.record_all`)."""
    tidy: Callable[[], int] = _nothing
    """Forget what is past its time; how many rows. In transactions of its own, each short."""


_parts: dict[str, Part] = {}


def register(room: str, part: Part) -> None:
    _parts[room] = part


def held(user: User) -> dict[str, list[dict[str, Any]]]:
    """Every table that holds something about `user`, with those rows."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for part in _parts.values():
        tables |= {name: [dict(row) for row in rows] for name, rows in part.held(user).items()}
    return tables


def archive(user: User) -> bytes:
    """All of it as a zip: `bookplate.json`, and a CSV file for each table."""
    tables, packed = held(user), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        whole = {"made_at": timezone.now(), **tables}
        file.writestr("bookplate.json", json.dumps(whole, default=str, ensure_ascii=False, indent=2))
        for name, rows in tables.items():
            file.writestr(f"{name}.csv", _csv(rows))
    return packed.getvalue()


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows({name: safe(_shown(value)) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


@transaction.atomic
def erase(user: User) -> None:
    """Remove the account and all that is known of the person; counts stay.

    Raises `LastAdmin`, and what a room has to say: `StillBorrowing`, `StillLent`.
    """
    administration.keep_an_admin(user)
    user = locked(user)
    number, by = user.pk, events.actor()
    # Of those who erase themselves, who did it and from where is not written down once more.
    with events.acting(lambda: events.Actor() if by.user == number else by):
        notes = [note for part in _parts.values() for note in part.erase(user)]
        events.record_all([*notes, Note("account.erased", (Audience.ADMINS, None), user=number)])


def tidy() -> dict[str, int]:
    """Forget what is past its time in every room; how many rows of each."""
    return {room: part.tidy() for room, part in _parts.items()}
