"""Titles for what a list names by its ISBN alone: asked for elsewhere, before the batch and its transaction begin."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.conf import settings

from bookplate.catalog.duplicates import merged
from bookplate.catalog.importing.batches import broken
from bookplate.catalog.importing.records import Draft, Item, Record
from bookplate.catalog.metadata import answers, lookups
from bookplate.catalog.metadata.answers import Finding
from bookplate.catalog.metadata.errors import NoSourceKnows, SourcesAway
from bookplate.catalog.models import Book

MOST = 500
"""So many of a list's first records: a question a second, and nobody may have a source asked for days."""
_TOO_LATE = "There is no title, and only the first {} records of a list are looked up. Bring these in as another one."


def titled(items: Iterable[Item]) -> Iterator[Item]:
    """The same; what has no title and is not here with what the sources know of it, or broken with their words."""
    for item in items:
        isbn = _bare(item)
        yield _looked_up(item, isbn) if isbn and isinstance(item, Record) and not _is_here(isbn) else item


def _bare(item: Item) -> str | None:
    """The ISBN of what has no title, where there is somebody to ask."""
    draft = item.draft if isinstance(item, Record) else None
    return draft.isbn if isinstance(draft, Draft) and not draft.title and settings.METADATA_SOURCES else None


def _is_here(isbn: str) -> bool:
    return Book.objects.filter(isbn=isbn).exists() or merged.by_isbn(isbn) is not None


def _looked_up(item: Record, isbn: str) -> Item:
    if item.position > MOST:
        return broken(item, _TOO_LATE.format(MOST), "title")
    try:
        found = _asked(isbn)
    except (NoSourceKnows, SourcesAway) as reason:
        return broken(item, str(reason), "title")
    told = {name: told.value for name, told in found.values.items() if getattr(item.draft, name) in ("", None)}
    return replace(item, draft=replace(item.draft, **told))


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
