"""Sign-ins: opening one, giving it new tokens, ending it.

A sign-in is a row that its tokens name, so that ending the row ends the tokens at once; a signed
token alone would live on until its own end (RFC 9700, 2.2.2 and 4.14 on refresh token rotation).
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from bookplate.people.models import Session, User

SESSION = "sid"


class SignedOut(Exception):
    """The token is not valid, or its sign-in has ended."""


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str


def open(user: User, device: str = "") -> Tokens:
    session = Session.objects.create(user=user, device=device[:200], refresh_id=uuid4().hex)
    return _tokens(session.pk, user.pk, session.refresh_id)


def refresh(token: str) -> Tokens:
    """A new pair for a refresh token, which works once; using one again ends its sign-in.

    One conditional update decides, so of any number of uses at the same moment one succeeds.
    """
    claims = _decode(RefreshToken, token)
    successor = uuid4().hex
    if _is_live(claims[SESSION]) and _consume(claims, successor):
        return _tokens(claims[SESSION], claims[api_settings.USER_ID_CLAIM], successor)
    end(claims[SESSION])
    raise SignedOut


def _is_live(session_id: int) -> bool:
    return Session.objects.live().filter(pk=session_id).exists()


def _consume(claims: dict[str, Any], successor: str) -> bool:
    # Only the row's own columns may stand in this condition: PostgreSQL checks those again after
    # waiting for another writer, but not a joined or nested query, which would let both through.
    unused = Session.objects.filter(pk=claims[SESSION], refresh_id=claims["jti"], ended_at__isnull=True)
    return unused.update(refresh_id=successor, last_used_at=timezone.now()) == 1


def authenticate(token: str) -> Session:
    """The living sign-in that an access token names, its user loaded with it in one query."""
    session = Session.objects.live().select_related("user").filter(pk=_decode(AccessToken, token)[SESSION]).first()
    if session is None:
        raise SignedOut
    return session


def verify(token: str) -> None:
    """Raise `SignedOut` unless `token`, of either kind, is good now."""
    try:
        authenticate(token)
    except SignedOut:
        claims = _decode(RefreshToken, token)
        if not Session.objects.live().filter(pk=claims[SESSION], refresh_id=claims["jti"]).exists():
            raise


def of_refresh_token(token: str) -> int:
    """The id of the sign-in that a refresh token belongs to."""
    return int(_decode(RefreshToken, token)[SESSION])


def end(session_id: int) -> None:
    Session.objects.filter(pk=session_id, ended_at__isnull=True).update(ended_at=timezone.now())


def end_all(user: User, *, keep: Session | None = None) -> None:
    """End every sign-in of `user`, but for the one to `keep`."""
    open_ones = user.sessions.filter(ended_at__isnull=True)
    (open_ones.exclude(pk=keep.pk) if keep else open_ones).update(ended_at=timezone.now())


def _decode(kind: type[AccessToken] | type[RefreshToken], token: str) -> dict[str, Any]:
    try:
        claims = kind(token).payload  # type: ignore[arg-type]
    except TokenError:
        raise SignedOut from None
    if not isinstance(claims.get(SESSION), int):
        raise SignedOut
    return dict(claims)


def _tokens(session: int, user: int | str, refresh_id: str) -> Tokens:
    refresh = RefreshToken()
    refresh[api_settings.JTI_CLAIM] = refresh_id
    refresh[SESSION] = session
    refresh[api_settings.USER_ID_CLAIM] = str(user)
    return Tokens(access=str(refresh.access_token), refresh=str(refresh))
