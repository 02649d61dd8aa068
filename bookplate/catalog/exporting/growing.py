"""A file that is read while a thread of its own still writes it."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

from django.db import connections

logger = logging.getLogger(__name__)

# So much is written at once when somebody may be waiting for it.
PART = 1 << 16


class Unfinished(OSError):
    """What is not there yet will never be."""


class Growing:
    """Reading waits for what is not there yet; closed, nothing more is written. `file` is its own."""

    def __init__(self, file: IO[bytes], pieces: Iterator[bytes]) -> None:
        self.file, self._pieces = file, pieces
        self._changed = threading.Condition()
        self._read = self._written = 0
        self._over = self._is_whole = False

    def write(self, seconds: float) -> bool:
        """For so long at most, before anybody reads; whether it is whole then."""
        until = time.monotonic() + seconds
        for piece in self._pieces:
            self._written += self.file.write(piece)
            if time.monotonic() > until:
                return False
        self.file.seek(0)
        return True

    def go_on(self, ending: ExitStack) -> None:
        """Write the rest on another thread, which ends with `ending`."""
        threading.Thread(target=self._finish, args=[ending], daemon=True, name="export").start()

    def read(self, size: int) -> bytes:
        """So much, less only at the end; raises `Unfinished`."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._written - self._read >= size)
            if self.file.closed:
                return b""
            if self._over and not self._is_whole:
                raise Unfinished("It could not be written to its end.")
            self.file.seek(self._read)
            part = self.file.read(size)
            self._read += len(part)
            return part

    def close(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
            self.file.close()

    def _finish(self, ending: ExitStack) -> None:
        try:
            with ending:
                self._is_whole = all(map(self._append, _parts(self._pieces)))
        except Exception:
            # Of the answer the beginning has left: it can only be cut off.
            logger.exception("A file could not be written to its end")
        finally:
            connections.close_all()
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _append(self, part: bytes) -> bool:
        """Whether somebody still wants it."""
        with self._changed:
            if self.file.closed:
                return False
            self.file.seek(self._written)
            self._written += self.file.write(part)
            self._changed.notify_all()
        return True


def _parts(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same in parts of some size: for each the file is locked, and moved to and fro in."""
    part = bytearray()
    for piece in pieces:
        part += piece
        if len(part) >= PART:
            yield bytes(part)
            part.clear()
    yield bytes(part)
