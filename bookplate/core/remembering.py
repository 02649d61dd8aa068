"""What is worked out of a text, kept for when the same one comes again."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol, TypeVar, cast

Found = TypeVar("Found")
Found_co = TypeVar("Found_co", covariant=True)

# Of what is longer nothing is kept: anybody can send such texts, each another one, and thousands are remembered.
LONGEST = 200


class Remembering(Protocol[Found_co]):
    def __call__(self, text: str, /) -> Found_co: ...

    cache_info: Callable[[], Any]
    """As of `lru_cache`."""


def remembered(most: int) -> Callable[[Callable[[str], Found]], Remembering[Found]]:
    """As `lru_cache(most)` for a function of one text, for short texts alone."""

    def of(make: Callable[[str], Found]) -> Remembering[Found]:
        kept = lru_cache(most)(make)

        def either(text: str) -> Found:
            return kept(text) if len(text) <= LONGEST else make(text)

        remembering = cast(Remembering[Found], either)
        remembering.cache_info = kept.cache_info
        remembering.__doc__ = make.__doc__
        return remembering

    return of
