"""Passwords: proving one, changing it, and setting a new one by a link in a mail.

Hashing takes its time, as it should, so it is done before the transaction: SQLite has one writer at a time.
"""

import unicodedata
from collections.abc import Callable

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from bookplate.core import events
from bookplate.core.errors import Invalid, InvalidFields
from bookplate.core.models import Audience, locked
from bookplate.people import attempts, letters, links, sessions
from bookplate.people.models import Session, User

ADMINS = (Audience.ADMINS, None)
OVER = "This link is over, or it was used already. Ask for a new one."
# Enough for a household; one mail names them all.
ACCOUNTS_OF_AN_ADDRESS = 10


def prove(user: User, password: str, field: str = "password") -> None:
    """Raises `Invalid` on `field` unless `password` is the one of `user`, and `TooManyAttempts` after many others."""
    address = events.actor().address
    if not attempts.guard(user.username, address, lambda: user.check_password(password)):
        raise Invalid(field, "This is not your password.")


def check(password: str, user: User, field: str = "password") -> None:
    """Raises `Invalid` on `field` for a password that is too easy to guess."""
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise InvalidFields({field: error.messages}) from None


def change(user: User, *, old: str, new: str, keep: Session | None = None) -> User:
    """Give `user` a new password and end their sign-ins, but for the one to `keep`."""
    prove(user, old, "old")
    check(new, user, "new")
    return _set(user, make_password(new), "account.password-changed", keep=keep)


def ask_reset(email: str, site: str) -> None:
    """Mail a link for each account with this address; who asks does not learn whether there is one.

    Raises `TooManyAttempts`, whether there is one or not.
    """
    attempts.count_link(email, events.actor().address)
    found = User.objects.filter(is_active=True, email__iexact=email)
    # Whose password an admin took away is not to get one by mail.
    users = [user for user in found if user.has_usable_password() and _same(user.email, email)]
    if users:
        # To the address that is kept, not the one typed: two that look alike may be two people's.
        letters.reset(users[0].email, [(user, reset_link(user, site)) for user in users[:ACCOUNTS_OF_AN_ADDRESS]])


def reset_link(user: User, site: str) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return links.page(site, "new-password", uid, default_token_generator.make_token(user))


def reset(uid: str, token: str, new: str) -> User:
    """Set a password by the link that was mailed, which works once, and end all sign-ins; raises `Invalid`."""
    user = _named_by(uid)
    if user is None or not _is_good(user, token):
        raise Invalid("token", OVER)
    check(new, user)
    return _set(user, make_password(new), "account.password-reset", still=lambda now: _is_good(now, token))


def set_by_admin(user: User, new: str | None) -> User:
    """Set a password for somebody else, or take theirs away, and end all their sign-ins."""
    if new is not None:
        check(new, user)
    return _set(user, make_password(new), "account.password-set")


@transaction.atomic
def _set(
    user: User,
    hashed: str,
    event: str,
    *,
    keep: Session | None = None,
    still: Callable[[User], bool] = lambda now: True,
) -> User:
    now = locked(user)
    if not still(now):
        raise Invalid("token", OVER)
    now.password = hashed
    now.save()
    sessions.end_all(now, keep=keep)
    letters.password_changed(now)
    events.record(event, ADMINS, user=now.pk)
    return now


def _is_good(user: User, token: str) -> bool:
    return user.is_active and default_token_generator.check_token(user, token)


def _named_by(uid: str) -> User | None:
    try:
        number = int(urlsafe_base64_decode(uid))
    except ValueError:
        return None
    user: User | None = User.objects.filter(pk=number).first()
    return user


def _same(one: str, other: str) -> bool:
    # What a database folds alike may still be another address (CVE-2019-19844).
    return unicodedata.normalize("NFKC", one).casefold() == unicodedata.normalize("NFKC", other).casefold()
