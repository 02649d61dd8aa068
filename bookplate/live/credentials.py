"""Who is at the other end of a socket, asked anew every few seconds: rights end while it is open."""

from dataclasses import dataclass
from typing import Protocol

from bookplate.people import page_sessions, sessions
from bookplate.people.models import Session, User
from bookplate.people.session_store import SessionStore


@dataclass(frozen=True)
class SignIn:
    """A sign-in as it was when it was looked at; it holds while neither its row nor the password changes."""

    number: int
    user: User
    password: str
    until: float
    """Seconds since 1970."""


class Credentials(Protocol):
    def sign_in(self) -> SignIn | None:
        """What these stand for now; `None` when they are no longer good."""


@dataclass(frozen=True)
class AccessToken:
    token: str

    def sign_in(self) -> SignIn | None:
        try:
            return _of(sessions.authenticate(self.token), sessions.ends_at(self.token))
        except sessions.SignedOut:
            return None


@dataclass(frozen=True)
class PageSession:
    """The cookie of a browser that is signed in on our own pages."""

    key: str

    def sign_in(self) -> SignIn | None:
        cookie = SessionStore(self.key)
        session = page_sessions.of(cookie)
        return _of(session, cookie.get_expiry_date().timestamp()) if session else None


def _of(session: Session, until: float) -> SignIn:
    return SignIn(session.pk, session.user, session.user.password, until)
