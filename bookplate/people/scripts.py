"""Tokens for scripts: made by a person for a named purpose, shown once, with an end of their own.

Unlike a sign-in's, such a token lasts for months and is not refreshed; so it may do only what its
scope names, and never look after the account itself.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from bookplate.core import events
from bookplate.core.errors import Conflict, Invalid
from bookplate.core.models import Audience
from bookplate.people import roles
from bookplate.people.models import Scope, ScriptToken, User
from bookplate.people.sessions import USED_EVERY, SignedOut

# Told from a JWT by it, and found by those who look for secrets in code.
PREFIX = "bookplate_"
LONGEST_DAYS = 366
MOST = 20
RIGHTS = {Scope.READ: roles.is_signed_in, Scope.DESK: roles.works_at_desk, Scope.CATALOGUE: roles.keeps_catalogue}


class TooManyTokens(Conflict):
    title = "There are too many tokens"


def offered(user: User) -> list[Scope]:
    """The scopes that `user` has something to give for."""
    return [scope for scope, may in RIGHTS.items() if may(user)]


@transaction.atomic
def make(user: User, name: str, scopes: Iterable[str], days: int) -> tuple[ScriptToken, str]:
    """A new token and its text, which is kept nowhere; raises `Invalid` or `TooManyTokens`."""
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= set(offered(user)):
        raise Invalid("scopes", f"Choose some of: {', '.join(offered(user))}.")
    if ScriptToken.objects.live().filter(user=user).count() >= MOST:
        raise TooManyTokens(f"You have {MOST} tokens, as many as are allowed. End one that is no longer used.")
    text = PREFIX + secrets.token_urlsafe(32)
    token = ScriptToken.objects.create(
        user=user,
        name=name,
        scope=" ".join(wanted),
        digest=_digest(text),
        stamp=user.get_session_auth_hash(),
        expires_at=timezone.now() + timedelta(days=days),
    )
    events.record("token.made", (Audience.USER, user.pk), user=user.pk, note=f"{name}: {token.scope}")
    return token, text


def authenticate(text: str) -> ScriptToken:
    """The living token of this text, its user loaded with it; raises `SignedOut`."""
    token = ScriptToken.objects.live().select_related("user").filter(digest=_digest(text)).first()
    if token is None or not constant_time_compare(token.stamp, token.user.get_session_auth_hash()):
        raise SignedOut
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= USED_EVERY:
        ScriptToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


@transaction.atomic
def end(token: ScriptToken) -> bool:
    """Whether it was this call that ended it."""
    ended = ScriptToken.objects.filter(pk=token.pk, ended_at__isnull=True).update(ended_at=timezone.now())
    if ended:
        events.record("token.ended", (Audience.USER, token.user_id), user=token.user_id, note=token.name)
    return ended == 1


def end_all(user: User) -> None:
    ScriptToken.objects.filter(user=user, ended_at__isnull=True).update(ended_at=timezone.now())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
