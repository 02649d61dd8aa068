"""Titles for what a list names by its ISBN alone: asked for elsewhere, before the batch and its transaction begin."""

import time
from collections.abc import Iterable, Iterator

from django.conf import settings

from bookplate.catalog.duplicates import merged
from bookplate.catalog.importing.records import Draft, Item, Record
from bookplate.catalog.metadata import answers, lookups
from bookplate.catalog.metadata.answers import Finding
from bookplate.catalog.metadata.errors import NoSourceKnows, SourcesAway
from bookplate.catalog.models import Book

MOST = 500
"""So many of a list's first records: a question a second, and nobody may have a source asked for days."""
_TOO_LATE = "There is no title, and only the first {} records of a list are looked up. Bring these in as another one."


def titled(items: Iterable[Item]) -> Iterator[Item]:
    """The same; what has no title and is not here with what the sources know of it, or why they do not."""
    for item in items:
        draft = item.draft if isinstance(item, Record) else None
        if isinstance(draft, Draft) and not draft.title and draft.isbn and settings.METADATA_SOURCES:
            _look_up(draft, draft.isbn, item.position)
        yield item


def _look_up(draft: Draft, isbn: str, position: int) -> None:
    if position > MOST:
        draft.untitled = _TOO_LATE.format(MOST)
        return
    if Book.objects.filter(isbn=isbn).exists() or merged.by_isbn(isbn):
        return
    try:
        found = _asked(isbn)
    except (NoSourceKnows, SourcesAway) as reason:
        draft.untitled = str(reason)
        return
    for name, told in found.values.items():
        setattr(draft, name, getattr(draft, name) or told.value)


def _asked(isbn: str) -> Finding:
    """Raises `NoSourceKnows`, `SourcesAway`. Whoever was asked has a rest, unless it has one already."""
    is_asked = bool(answers.wanted(isbn).sources)
    try:
        return lookups.look_up(isbn)
    except SourcesAway:
        is_asked = False
        raise
    finally:
        time.sleep(settings.METADATA_PAUSE if is_asked else 0)
