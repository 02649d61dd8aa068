"""Why something was not learned."""

import math
from http import HTTPStatus

from bookplate.core.errors import Conflict, Refusal


class Unusable(Exception):
    """A source cannot be asked now, or what it answers cannot be used; the text goes on a sentence about it."""

    def __init__(self, reason: str, wait: float = 0) -> None:
        super().__init__(reason)
        self.wait = wait
        """In how many seconds it says it may be asked again, if it does."""


class LookUpIsOff(Conflict):
    title = "Books are not looked up here"


class FillingRuns(Conflict):
    title = "A round is under way"


class NoSourceKnows(Refusal):
    """Every source was asked, and none has a book with this ISBN."""

    status = HTTPStatus.NOT_FOUND
    title = "No source knows this book"


class SourcesAway(Refusal):
    """No source could tell; that says nothing about the book. It may be tried again after `wait` seconds."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "The sources cannot be asked now"

    def __init__(self, detail: str, wait: float) -> None:
        super().__init__(detail)
        self.wait = max(1, math.ceil(wait))
