"""The OpenAPI document, where drf-spectacular does not see it by itself."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.openapi import AutoSchema

from bookplate.api.problems import MEDIA_TYPE

PROBLEM_BODY = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}
PROBLEM = {
    "description": "A problem (RFC 9457); docs/api.md lists the types.",
    "content": {MEDIA_TYPE: {"schema": PROBLEM_BODY}},
}


class Schema(AutoSchema):
    """Says which operations need no token, and that every refusal is a problem."""

    def get_auth(self) -> list[dict[str, Any]]:
        needed: list[dict[str, Any]] = super().get_auth()
        return [{}, *needed] if needed and self._is_for_all() else needed

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation:
            operation["responses"].setdefault("4XX", PROBLEM)
        return operation

    def _is_for_all(self) -> bool:
        rights: dict[str, Callable[[Any], bool]] = getattr(self.view, "rights", {})
        asked = rights.get(getattr(self.view, "action", None) or self.method.lower())
        return asked is not None and asked(AnonymousUser())
