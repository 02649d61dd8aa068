"""Rights at the API's door: every view names who may do each of its operations."""

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from bookplate.people.roles import Viewer


class Rights(BasePermission):
    """Asks `view.rights`: the name of the operation (a viewset's action, else the method) → predicate.

    An operation without an entry is refused to everybody, so none can be forgotten.
    """

    message = "Your role does not allow this."

    def has_permission(self, request: Request, view: Any) -> bool:
        operation = operation_of(view, request)
        if operation is None or not hasattr(view, operation):
            return True  # There is no such operation: 405 is the answer, whoever asks.
        rights: Mapping[str, Callable[[Viewer], bool]] = view.rights
        return operation in rights and rights[operation](request.user)


def operation_of(view: Any, request: Request) -> str | None:
    """A viewset's action, else the method in lower case; `HEAD` is a `GET` of which less is told."""
    if hasattr(view, "action_map"):
        return getattr(view, "action", None)
    return "get" if request.method == "HEAD" else (request.method or "").lower()


def anybody(viewer: Viewer) -> bool:
    return True
