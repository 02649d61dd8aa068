"""Who is at the other end of a socket, asked anew every few seconds: rights end while it is open."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Protocol, cast

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from bookplate.people import sessions
from bookplate.people.models import User


class Credentials(Protocol):
    def user(self) -> User | None:
        """The user that these stand for now; `None` when they are no longer good."""


@dataclass(frozen=True)
class AccessToken:
    token: str

    def user(self) -> User | None:
        try:
            return sessions.authenticate(self.token).user
        except sessions.SignedOut:
            return None


@dataclass(frozen=True)
class PageSession:
    """The cookie of a browser that is signed in on our own pages."""

    key: str

    def user(self) -> User | None:
        request = cast(HttpRequest, SimpleNamespace(session=SessionStore(self.key)))
        user: Any = get_user(request)
        return user if isinstance(user, User) else None
