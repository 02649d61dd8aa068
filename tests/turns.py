"""Turns of the processes that run tests together: one marked `alone` waits until nobody else is at a test.

So what is measured in seconds is measured on a machine that is as quiet as without the others.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def turn(folder: Path, *, alone: bool = False) -> Iterator[None]:
    """One of those that run at once, or the only one; `folder` is common to all who take turns."""
    with ExitStack() as room:
        # Through the door one after the other, or somebody who wants to be alone would wait for ever.
        with locked(folder / "door", fcntl.LOCK_EX):
            room.enter_context(locked(folder / "room", fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        yield


@contextmanager
def locked(path: Path, how: int) -> Iterator[None]:
    """Waits until nobody has it otherwise (flock); an end of the process, however it comes, gives it back."""
    file = os.open(path, os.O_CREAT | os.O_RDONLY)
    try:
        fcntl.flock(file, how)
        yield
    finally:
        os.close(file)
