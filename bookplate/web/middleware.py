"""A store that is down is a 503 that says so, on every page and endpoint."""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse


class StoreDownMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, (OperationalError, InterfaceError)):
            return None
        return HttpResponse(
            "The library's database is away for a moment. Try again in a few seconds.\n",
            status=503,
            headers={"Retry-After": "5"},
            content_type="text/plain; charset=utf-8",
        )
