"""Sign-ins: opening one, giving it new tokens, ending it.

A sign-in is a row that its tokens (or a browser's cookie, `people.page_sessions`) name, so that ending
the row ends them at once; a signed token alone would live on until its own end (RFC 9700, 2.2.2 and
4.14 on refresh token rotation). It carries a stamp made of the password that opened it: whichever
door changes a password, what was opened with the old one is over.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from time import monotonic
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from django.db import router, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from bookplate.people import devices
from bookplate.people.models import Session, SessionQuerySet, User
from bookplate.people.statements import Slot, Statement, compiled

SESSION = "sid"
# What requests ask of a sign-in and its user; Django fetches the rest where somebody wants it.
SELDOM = {"created_at", "device", "ended_at", "date_joined", "last_login"}
SESSION_COLUMNS = [field.attname for field in Session._meta.concrete_fields if field.name not in SELDOM]
USER_COLUMNS = [field.attname for field in User._meta.concrete_fields if field.name not in SELDOM]
LARGEST_ID = 2**63 - 1
# Within 5 s whatever ends a sign-in must hold; here it does at once where this process ends it.
BELIEVED_SECONDS = 1.0
MOST_BELIEVED = 4096
_lately: dict[str, tuple[float, Session]] = {}
# How exact `last_used_at` is; a write for every request would cost more than the request.
USED_EVERY = timedelta(minutes=1)


class SignedOut(Exception):
    """The token is not valid, or its sign-in has ended."""


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str


def open(user: User, user_agent: str = "") -> Tokens:
    session = Session.objects.create(
        user=user, device=devices.label(user_agent), refresh_id=uuid4().hex, stamp=user.get_session_auth_hash()
    )
    return _tokens(session, session.refresh_id)


def refresh(token: str) -> Tokens:
    """A new pair for a refresh token, which works once; using one again ends its sign-in.

    One conditional update decides, so of any number of uses at the same moment one succeeds.
    """
    claims = _decode(RefreshToken, token)
    successor = uuid4().hex
    session = _living(claims)
    if session and _consume(claims, successor):
        return _tokens(session, successor)
    end(claims[SESSION])
    raise SignedOut


def _consume(claims: Mapping[str, Any], successor: str) -> bool:
    # Only the row's own columns may stand in this condition: PostgreSQL checks those again after
    # waiting for another writer, but not a joined or nested query, which would let both through.
    unused = Session.objects.filter(pk=claims[SESSION], refresh_id=claims["jti"], ended_at__isnull=True)
    return unused.update(refresh_id=successor, last_used_at=timezone.now()) == 1


def authenticate(token: str) -> Session:
    """The living sign-in that an access token names, its user loaded with it in one query."""
    session = _living(_decode(AccessToken, token))
    if session is None:
        raise SignedOut
    touch(session)
    return session


def authenticate_lately(token: str) -> Session:
    """As `authenticate`, but what it says may be a second old: for answers that are the same whoever asks."""
    _decode(AccessToken, token)
    at, session = _lately.get(token, (0.0, None))
    if session is None or monotonic() - at > BELIEVED_SECONDS:
        session = authenticate(token)
        if len(_lately) >= MOST_BELIEVED:
            _lately.clear()
        _lately[token] = monotonic(), session
    return session


def _living(claims: Mapping[str, Any]) -> Session | None:
    session = living(claims[SESSION])
    return session if session and constant_time_compare(session.stamp, session.user.get_session_auth_hash()) else None


def living(number: int) -> Session | None:
    """The sign-in `number` with its user, in one query that is kept ready: every signed-in request asks it."""
    if abs(number) > LARGEST_ID:
        return None
    row = _statement().row({"id": number})
    if row is None:
        return None
    session = Session.from_db(router.db_for_read(Session), SESSION_COLUMNS, row[: len(SESSION_COLUMNS)])
    session.user = User.from_db(router.db_for_read(User), USER_COLUMNS, row[len(SESSION_COLUMNS) :])
    return session


@cache
def _statement() -> Statement:
    columns = [*SESSION_COLUMNS, *(f"user__{name}" for name in USER_COLUMNS)]
    asked = Session.objects.live().filter(pk=Slot("id", Session._meta.get_field("id")))
    return compiled(asked.order_by().values_list(*columns), usual=1)


def touch(session: Session) -> None:
    """Note that it was used, once a minute at most."""
    now = timezone.now()
    if now - session.last_used_at >= USED_EVERY:
        Session.objects.filter(pk=session.pk, last_used_at__lt=now).update(last_used_at=now)


def standing(numbers: Collection[int]) -> dict[int, str]:
    """Of these sign-ins those that have not ended, each with its user's password as it is kept; they are in use."""
    found = list(Session.objects.live().filter(pk__in=numbers).values_list("pk", "user__password", "last_used_at"))
    now = timezone.now()
    if unmarked := [number for number, _, used in found if now - used >= USED_EVERY]:
        Session.objects.filter(pk__in=unmarked, last_used_at__lt=now).update(last_used_at=now)
    return {number: password for number, password, _ in found}


def ends_at(token: str) -> float:
    """When an access token runs out, in seconds since 1970."""
    return float(_decode(AccessToken, token)["exp"])


def verify(token: str) -> None:
    """Raise `SignedOut` unless `token`, of either kind, is good now."""
    try:
        authenticate(token)
    except SignedOut:
        claims = _decode(RefreshToken, token)
        session = _living(claims)
        if session is None or session.refresh_id != claims["jti"]:
            raise


def of_refresh_token(token: str) -> int:
    """The id of the sign-in that a refresh token belongs to."""
    return int(_decode(RefreshToken, token)[SESSION])


def of_user(user: User) -> SessionQuerySet:
    """The sign-ins of `user` that have not ended, the latest used first; those that ran out are not among them."""
    since = timezone.now() - api_settings.REFRESH_TOKEN_LIFETIME
    return Session.objects.live().filter(user=user, last_used_at__gt=since)


def end(session_id: int) -> bool:
    """Whether it was this call that ended it."""
    ended = Session.objects.filter(pk=session_id, ended_at__isnull=True).update(ended_at=timezone.now()) == 1
    _forget_lately()
    return ended


def end_all(user: User, *, keep: Session | None = None) -> None:
    """End every sign-in of `user` but the one to `keep`, which goes on with the password as it is now."""
    if keep:
        Session.objects.filter(pk=keep.pk).update(stamp=user.get_session_auth_hash())
    open_ones = user.sessions.filter(ended_at__isnull=True)
    (open_ones.exclude(pk=keep.pk) if keep else open_ones).update(ended_at=timezone.now())
    _forget_lately()


def _decode(kind: type[AccessToken] | type[RefreshToken], token: str) -> Mapping[str, Any]:
    try:
        claims = _verified(kind, token, api_settings.SIGNING_KEY)  # type: ignore[arg-type]
    except TokenError:
        raise SignedOut from None
    if not isinstance(claims.get(SESSION), int) or claims["exp"] <= timezone.now().timestamp():
        raise SignedOut
    return claims


def _forget_lately() -> None:
    """Now, and once more when it holds: a request in between would still see the sign-in alive."""
    _lately.clear()
    transaction.on_commit(_lately.clear)


@lru_cache(maxsize=4096)
def _verified(kind: type[AccessToken] | type[RefreshToken], token: str, key: str) -> Mapping[str, Any]:
    """What a token claims. Good once, its signature is good for ever (its end is not); a bad one is not kept."""
    return MappingProxyType(kind(token).payload)  # type: ignore[arg-type]


def _tokens(session: Session, refresh_id: str) -> Tokens:
    refresh = RefreshToken()
    refresh[api_settings.JTI_CLAIM] = refresh_id
    refresh[SESSION] = session.pk
    refresh[api_settings.USER_ID_CLAIM] = str(session.user_id)
    return Tokens(access=str(refresh.access_token), refresh=str(refresh))
