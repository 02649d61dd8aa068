"""Sign-ins of browsers on our own pages: Django's session cookie, and the row that can end it from elsewhere."""

from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from bookplate.people import devices, sessions
from bookplate.people.models import Session, User

KEY = "sign_in"


def of(cookie: SessionBase) -> Session | None:
    """The living sign-in of a browser, its user loaded with it; `None` when there is none or it has ended.

    Django keeps a hash of the password in the session, so a changed password ends it too, but for the
    browser that changed it (`update_session_auth_hash`).
    """
    if KEY not in cookie:
        return None
    session = sessions.living(cookie[KEY])
    if session is None or not constant_time_compare(
        cookie.get(HASH_SESSION_KEY, ""), session.user.get_session_auth_hash()
    ):
        return None
    sessions.touch(session)
    return session


def viewer(request: HttpRequest) -> User | AnonymousUser:
    """Who sits at the browser; asked once for a request."""
    session = of(request.session)
    return session.user if session else AnonymousUser()


def opened(sender: object, request: HttpRequest, user: User, **signal: Any) -> None:
    """Django has signed `user` in at some page of ours or its admin: keep a row of it."""
    closed(sender, request)  # whoever sat at this browser before
    session = Session.objects.create(user=user, device=devices.label(request.META.get("HTTP_USER_AGENT", "")))
    request.session[KEY] = session.pk


def closed(sender: object, request: HttpRequest, **signal: Any) -> None:
    """Django has signed whoever sat at this browser out."""
    if number := request.session.get(KEY):
        sessions.end(number)
