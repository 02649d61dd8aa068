"""With which verb a request may come, told before any room is asked; and what a browser may do with the answer."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from bookplate.config import errors
from bookplate.config.bodies import REFUSED

VERBS_OF_PAGES = ["GET", "HEAD", "POST", "OPTIONS"]


class PolicyMiddleware:
    """The Content-Security-Policy (W3C, level 3); a view that needs another one sets it itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        return response


class LimitsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if status := getattr(request, "scope", {}).get(REFUSED):
            return errors.answer(request, status)
        if not request.path.startswith("/api/"):
            return self._page(request)
        return self.get_response(request)

    def _page(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in VERBS_OF_PAGES:
            answer = errors.answer(request, 405)
            answer["Allow"] = ", ".join(VERBS_OF_PAGES)
            return answer
        # Django decodes a form with any codec that Python has, bz2 included; browsers name none.
        if (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
            return errors.answer(request, 400)
        return self.get_response(request)
