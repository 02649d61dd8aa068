"""A look-up as a view makes it: from what is kept, else by asking, for which the request waits without a thread."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from bookplate.catalog.metadata import answers, asking
from bookplate.catalog.metadata.answers import Finding, Outcome, Wanted
from bookplate.catalog.metadata.errors import LookUpIsOff

SCOPE = "bookplate.look_up"


@dataclass
class Held:
    """The server's offer to let a request wait on its loop, and what came of it (`live.looking_up`)."""

    wanted: Wanted | None = None
    outcome: Outcome | None = None


class Waits(Exception):
    """The view has nothing to say yet: the server will ask it anew."""


def held(request: Any) -> Held | None:
    """What the server offers `request`; without it the view waits by itself."""
    scope: Mapping[str, Any] = getattr(request, "scope", {})
    return scope.get(SCOPE)


def look_up(isbn: str, offer: Held | None = None) -> Finding:
    """What is known of the book with these 13 digits; raises `NoSourceKnows`, `SourcesAway`, `LookUpIsOff`, `Waits`."""
    if not settings.METADATA_SOURCES:
        raise LookUpIsOff("Looking books up elsewhere is turned off in this library. Describe the book yourself.")
    outcome = offer.outcome if offer else None
    if outcome is None:
        wanted = answers.wanted(isbn)
        outcome = _asked(wanted, offer) if wanted.sources else Outcome(is_kept=True)
    answers.keep(isbn, outcome)
    return answers.finding(isbn, outcome.failed)


def _asked(wanted: Wanted, offer: Held | None) -> Outcome:
    if offer is None:
        return asyncio.run(asking.ask(wanted))
    offer.wanted = wanted
    raise Waits
