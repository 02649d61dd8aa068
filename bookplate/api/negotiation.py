"""Which of a view's formats is answered with."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request


class UsualFirst(DefaultContentNegotiation):
    """DRF's own; but nearly all clients take anything or name the view's first format, and no header need be parsed."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        first = renderers[0]
        asked = request.META.get("HTTP_ACCEPT", "*/*")
        if asked in ("*/*", first.media_type) and not format_suffix and "format" not in request.META["QUERY_STRING"]:
            return first, first.media_type
        return super().select_renderer(request, renderers, format_suffix)


class Whatever(DefaultContentNegotiation):
    """For a file, whose address says what it is, whatever a client would rather have."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
