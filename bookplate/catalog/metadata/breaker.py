"""Whether a source may be asked now: one that failed several times, or asked to be left alone, is left alone."""

import time

FAILURES = 3
REST = 60.0


class Breaker:
    """Of one source in one process; its clock counts seconds."""

    def __init__(self) -> None:
        self._failures, self._until = 0, 0.0

    def wait(self) -> float:
        """In how many seconds it may be asked again; 0 for now, and then one asks first while the others still wait."""
        now = time.monotonic()
        if now < self._until:
            return self._until - now
        if self._failures >= FAILURES:
            self._until = now + REST
        return 0

    def succeeded(self) -> None:
        self._failures, self._until = 0, 0.0

    def failed(self, wait: float = 0) -> None:
        """`wait`: as the source itself asked for."""
        self._failures += 1
        rest = wait or (REST if self._failures >= FAILURES else 0)
        if rest:
            self._until = time.monotonic() + rest
