"""How likely two books of the catalogue are one edition, by the rules of the importer (`importing/matching.py`)."""

from collections.abc import Collection

from django.db import models

from bookplate.catalog.duplicates import titles
from bookplate.catalog.importing.matching import FILLED, key_of, told_apart
from bookplate.catalog.models import Book

# What is compared, and chosen from when two books become one.
COMPARED = ("title", "isbn", *FILLED)
# Whoever says otherwise here means another edition, however alike the rest is.
NEVER_THE_SAME = {"language", "edition"}


class Likeness(models.TextChoices):
    SAME = "same", "The same title and author"
    NEAR = "near", "Nearly the same title or author"
    MAYBE = "maybe", "Maybe another edition"


PROBABLE = (Likeness.SAME, Likeness.NEAR)


def likeness(one: Book, other: Book, wanted: Collection[Likeness] = tuple(Likeness)) -> Likeness | None:
    """None for two that are not the same: a language, an edition or a number that differs never is.

    What it could be is told first, as that is quickly done: for one that is not `wanted` no letters are compared.
    """
    editions = bool(one.isbn and other.isbn) or _years_differ(one, other)
    if editions and Likeness.MAYBE not in wanted:
        return None
    apart = set(told_apart(one, other))
    could_be = {Likeness.MAYBE} if editions or apart else set(PROBABLE)
    if apart & NEVER_THE_SAME or not could_be & set(wanted) or not _alike(one, other):
        return None
    if editions or apart:
        return Likeness.MAYBE
    return Likeness.SAME if key_of(one)[:2] == key_of(other)[:2] else Likeness.NEAR


def _alike(one: Book, other: Book) -> bool:
    return titles.near(one.title, other.title) and titles.names_fit(one.author, other.author)


def _years_differ(one: Book, other: Book) -> bool:
    years = {one.published_year, other.published_year} - {None}
    return len(years) > 1


def differing(one: Book, other: Book) -> list[str]:
    """The fields in which two books are not alike to the letter."""
    return [name for name in COMPARED if getattr(one, name) != getattr(other, name)]
