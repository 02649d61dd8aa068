"""What the database will not do is told as what it is, on every page: 503 when it is away, 400 when a value cannot be
stored or compared (a NUL on PostgreSQL), 409 when somebody else's change at the same moment stands against it."""

from collections.abc import Callable
from typing import cast

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject
from django_htmx.middleware import HtmxMiddleware

from bookplate.core import events
from bookplate.people import page_sessions
from bookplate.people.addresses import client_address

NOBODY = AnonymousUser()
MEANWHILE = "Somebody changed the same thing at the same moment, so nothing was done. Go back and look at it again."


class OnPages(MiddlewareMixin):
    """What only pages need: cookies, forms, messages. The API knows tokens alone, so it does not pay for them."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith("/api/"):
            return cast(HttpResponseBase, self.get_response(request))
        return cast(HttpResponseBase, super().__call__(request))


class PageSessionMiddleware(OnPages, SessionMiddleware): ...


class PageMessageMiddleware(OnPages, MessageMiddleware): ...


class SignInMiddleware(OnPages, AuthenticationMiddleware):
    """Django's own, with a sign-in that can be ended from elsewhere; one query for it and its user."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: page_sessions.viewer(request))  # type: ignore[assignment]


class PageHtmxMiddleware(HtmxMiddleware):
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        handle = self.get_response if request.path.startswith("/api/") else super().__call__
        return cast(HttpResponseBase, handle(request))


class ActingMiddleware:
    """What a request changes is recorded as done by whoever is signed in, here or by DRF with a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The API has a user only once a token was asked for.
        with events.acting(lambda: events.Actor(getattr(request, "user", NOBODY).pk, client_address(request.META))):
            return self.get_response(request)


class DatabaseFaultsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError):
            raise BadRequest("The database cannot hold this value.") from error
        if isinstance(error, IntegrityError):
            return render(request, "web/error.html", {"status": 409, "words": MEANWHILE}, status=409)
        if not isinstance(error, (OperationalError, InterfaceError)):
            return None
        return HttpResponse(
            "The library's database is away for a moment. Try again in a few seconds.\n",
            status=503,
            headers={"Retry-After": "5"},
            content_type="text/plain; charset=utf-8",
        )
