"""What was answered before, what is believed of an answer, and what all of them say together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple, TypeAlias

from django.utils import timezone

from bookplate.catalog.importing.cleaning import clean
from bookplate.catalog.metadata import sources
from bookplate.catalog.metadata.errors import NoSourceKnows, SourcesAway, Unusable
from bookplate.catalog.metadata.models import Answer
from bookplate.catalog.metadata.sources import Known
from bookplate.catalog.models import OLDEST_YEAR, Book

Values: TypeAlias = dict[str, Any]

FIELDS = ("title", "author", "published_year", "publisher", "edition", "language", "subjects")
# Another source is asked as long as one of these is not known.
NEEDED = frozenset({"title", "author", "published_year", "publisher", "language"})
KEPT = timedelta(days=90)
KEPT_WHEN_UNKNOWN = timedelta(days=7)
USUAL_WAIT = 30
# More of a text is not looked at: the longest that is kept has 20,000.
MOST_LETTERS = 50_000


@dataclass(frozen=True)
class Wanted:
    """What is still to be asked about a book."""

    isbn: str
    sources: tuple[str, ...] = ()
    missing: frozenset[str] = NEEDED


@dataclass
class Outcome:
    """What was learned by asking."""

    said: dict[str, Values | None] = field(default_factory=dict)
    failed: dict[str, Unusable] = field(default_factory=dict)
    is_kept: bool = False


class Value(NamedTuple):
    value: str | int
    source: str


@dataclass(frozen=True)
class Finding:
    """What is known of a book, each value from the first source that has it."""

    isbn: str
    values: dict[str, Value]
    cover: Value | None = None


def wanted(isbn: str) -> Wanted:
    """What is not known yet, and whom to ask, in turn."""
    known = _fresh(isbn)
    missing = NEEDED - {name for values in known.values() for name in values or {}}
    to_ask = tuple(source.name for source in sources.enabled() if source.name not in known)
    return Wanted(isbn, to_ask if missing else (), missing)


def believed(known: Known) -> Values:
    """Text on one line, never longer than it can be kept; years that can be; addresses as they are."""
    book = known.book
    words = {name: clean(getattr(book, name)[:MOST_LETTERS]) for name in FIELDS if name != "published_year"}
    values: Values = {name: _cut(name, text) for name, text in words.items()}
    if book.published_year and OLDEST_YEAR <= book.published_year <= timezone.localdate().year:
        values["published_year"] = book.published_year
    return {name: value for name, value in {**values, "cover": known.cover[:2000]}.items() if value}


def _cut(name: str, text: str) -> str:
    most: int | None = getattr(Book._meta.get_field(name), "max_length", None)
    if most is None or len(text) <= most:
        return text
    # Half a heading is none.
    return text[:most].rpartition(";")[0] if name == "subjects" else text[:most]


def keep(isbn: str, outcome: Outcome) -> None:
    """Remember what was said; not what failed."""
    if outcome.is_kept:
        return
    at = timezone.now()
    rows = [Answer(isbn=isbn, source=source, values=said, asked_at=at) for source, said in outcome.said.items()]
    Answer.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["isbn", "source"], update_fields=["values", "asked_at"]
    )
    outcome.is_kept = True


def finding(isbn: str, failed: Mapping[str, Unusable]) -> Finding:
    """Raises `SourcesAway` when nobody knows it and not all could be asked, `NoSourceKnows` when all were."""
    known = _fresh(isbn)
    values: dict[str, Value] = {}
    for source in sources.enabled():
        for name, value in (known.get(source.name) or {}).items():
            values.setdefault(name, Value(value, source.name))
    if not values:
        raise _unknown(isbn, failed)
    return Finding(isbn, {name: values[name] for name in FIELDS if name in values}, values.get("cover"))


def _unknown(isbn: str, failed: Mapping[str, Unusable]) -> NoSourceKnows | SourcesAway:
    if not failed:
        return NoSourceKnows(f"No source knows a book with the ISBN {isbn}. Describe it yourself.")
    why = "; ".join(f"{sources.label(name)}: {reason}" for name, reason in failed.items())
    wait = max((reason.wait for reason in failed.values()), default=0) or USUAL_WAIT
    return SourcesAway(f"It could not be looked up ({why}). Describe it yourself, or try again later.", wait)


def _fresh(isbn: str) -> dict[str, Values | None]:
    now = timezone.now()
    rows = Answer.objects.filter(isbn=isbn, asked_at__gt=now - KEPT)
    return {row.source: row.values for row in rows if row.values is not None or row.asked_at > now - KEPT_WHEN_UNKNOWN}


def cover(isbn: str) -> Value | None:
    """Where a picture of its cover is, and who says so."""
    known = _fresh(isbn)
    told = ((source.name, (known.get(source.name) or {}).get("cover")) for source in sources.enabled())
    return next((Value(address, name) for name, address in told if address), None)


def forget_cover(isbn: str, source: str) -> None:
    """What it told of is no picture: it need not be fetched again."""
    for row in Answer.objects.filter(isbn=isbn, source=source):
        row.values = {name: value for name, value in (row.values or {}).items() if name != "cover"}
        row.save(update_fields=["values"])


def tidy() -> int:
    """Forget what was answered too long ago to be believed; how many answers."""
    return Answer.objects.filter(asked_at__lte=timezone.now() - KEPT).delete()[0]
