"""Who is at the other end of a socket, asked anew every few seconds: rights end while it is open."""

from dataclasses import dataclass
from typing import Protocol

from django.contrib.sessions.backends.db import SessionStore

from bookplate.people import page_sessions, sessions
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
        session = page_sessions.of(SessionStore(self.key))
        return session.user if session else None
