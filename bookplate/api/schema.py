"""The OpenAPI document, where drf-spectacular does not see it by itself."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, get_doc

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
PROBLEM = ResolvedComponent("Problem", ResolvedComponent.SCHEMA, PROBLEM_BODY, "Problem")  # type: ignore[no-untyped-call]
WORDS = {
    "create": "Add one to the {}",
    "retrieve": "Read one of the {}",
    "update": "Replace one of the {}",
    "partial_update": "Change one of the {}",
    "destroy": "Remove one of the {}",
}
# What a response says beside its body.
LINK = {"Link": {"description": "Where the next page is, if there is one.", "schema": {"type": "string"}}}
LOCATION = {"Location": {"description": "Where it is now.", "schema": {"type": "string", "format": "uri"}}}


class Schema(AutoSchema):
    """Says which operations need no token, what each does in a few words, and that every refusal is a problem."""

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular's has no arguments, either
        return self._said() or str(get_doc(type(self.view)))

    def _said(self) -> str:
        """Of this verb alone, by the method that answers it or the one that this room puts into DRF's own."""
        methods = (getattr(self.view, name, None) for name in (self._act(), f"perform_{self._act()}"))
        return next(filter(None, map(get_doc, methods)), "")

    def _in_a_few_words(self, said: str) -> str:
        """The beginning, as far as the first pause; what is said of all verbs of a view is no help with one of them."""
        is_of_all = said == get_doc(type(self.view)) and self._act() in WORDS
        is_of_all = is_of_all and (self._act() == "create" or "{id}" in self.path)  # not of the one policy there is
        return WORDS[self._act()].format(self._nouns()) if is_of_all else re.split(r"[.:;]\s", f"{said} ")[0].strip()

    def _act(self) -> str:
        return getattr(self.view, "action", None) or self.method.lower()

    def _nouns(self) -> str:
        return str(self._tokenize_path()[-1]).replace("-", " ")

    def get_auth(self) -> list[dict[str, Any]]:
        needed: list[dict[str, Any]] = super().get_auth()
        return [{}, *needed] if needed and self._is_for_all() else needed

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation:
            operation.setdefault("summary", self._in_a_few_words(operation.get("description", "")))
            self._add_problems(operation["responses"])
            self._add_headers(operation)
        return operation

    def _add_problems(self, responses: dict[str, Any]) -> None:
        self.registry.register_on_missing(PROBLEM)
        problem = {"description": "A problem (RFC 9457); docs/api.md lists the types."}
        for statuses in ("4XX", "5XX"):
            responses.setdefault(statuses, problem | {"content": {MEDIA_TYPE: {"schema": PROBLEM.ref}}})

    def _add_headers(self, operation: dict[str, Any]) -> None:
        responses, asked = operation["responses"], {one["name"] for one in operation.get("parameters", [])}
        if {"limit", "after"} <= asked:
            responses["200"]["headers"] = LINK
        if "201" in responses and hasattr(self.view, "get_success_headers"):
            responses["201"]["headers"] = LOCATION

    def _is_for_all(self) -> bool:
        rights: dict[str, Callable[[Any], bool]] = getattr(self.view, "rights", {})
        asked = rights.get(getattr(self.view, "action", None) or self.method.lower())
        return asked is not None and asked(AnonymousUser())
