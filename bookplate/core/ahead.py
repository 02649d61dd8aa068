"""Python and the database at work side by side: it lets the interpreter go while it works."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Thing = TypeVar("Thing")


def ahead(things: Iterable[Thing]) -> Iterator[Thing]:
    """The same, each made on a thread of its own while the one before it is used; what making one raises, comes here.

    One is kept ready, no more. To make them must not ask the database: on its thread it has another connection.
    """
    making, end = iter(things), object()
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        following = thread.submit(next, making, end)
        while (one := following.result()) is not end:
            following = thread.submit(next, making, end)
            yield one  # type: ignore[misc]
