"""Refusals: what a room says when something cannot be done, in words for the person who asked.

A room raises one; each door turns it into its own form (problem details, a message on the page, a
line in the terminal). The class name is the problem's type, so it is part of the API.
"""

import math
import re
from http import HTTPStatus


class Refusal(Exception):
    """Something cannot be done; `str()` says why and what to do next."""

    status = HTTPStatus.BAD_REQUEST
    title = "This cannot be done"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)

    @classmethod
    def slug(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class Conflict(Refusal):
    """The request is sound, but the state of things does not allow it (RFC 9110, 409)."""

    status = HTTPStatus.CONFLICT
    title = "The state of things does not allow this"


class StillUsed(Conflict):
    title = "This is still used by something else"


class RemovedMeanwhile(Conflict):
    title = "It was removed meanwhile"


class TooOften(Refusal):
    """Something was tried too often; it may be tried again after `wait` seconds."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "This was tried too often"

    def __init__(self, detail: str, wait: float) -> None:
        super().__init__(detail)
        self.wait = math.ceil(wait)


class InsufficientStorage(Refusal):
    """A file can be written no further."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    title = "Insufficient Storage"


class Invalid(Refusal):
    """A value in a named field is not acceptable."""

    title = "Some values are not right"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.errors = {field: [detail]}


class InvalidFields(Invalid):
    """Several fields at once."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        field, details = next(iter(errors.items()))
        super().__init__(field, details[0])
        self.errors = errors

    @classmethod
    def slug(cls) -> str:
        return Invalid.slug()
