"""What no library has: a view that sleeps ten seconds, and a middleware that breaks on some addresses."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path

from bookplate.config import urls

SECONDS = 10


def sleep(request: HttpRequest) -> HttpResponse:
    time.sleep(SECONDS)
    return HttpResponse("Good morning.")


class BreakingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/bench/broken/":
            raise RuntimeError("broken for the sake of measuring")
        return self.get_response(request)


urlpatterns = [path("bench/sleep/", sleep), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
