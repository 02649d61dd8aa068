"""Making, changing and removing library cards, and giving one to an account; the desk's pages hear of it."""

import re
import secrets
import unicodedata
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bookplate.core import events
from bookplate.core.errors import Conflict, Invalid, StillUsed
from bookplate.core.models import Audience, changed, locked
from bookplate.people import attempts
from bookplate.people.models import Member, User

STAFF = (Audience.STAFF, None)

# Without 0 and O, 1, I and L, U and V: people copy codes from paper.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CODE_LIFE = timedelta(days=14)
NO_CODE = {"link_digest": None, "link_until": None}


class HasAccount(Conflict):
    title = "The card belongs to an account already"


class HasCard(Conflict):
    title = "The account has a library card already"


@transaction.atomic
def add(**values: Any) -> Member:
    member = Member.objects.create(**values)
    events.record("member.added", STAFF, member=member.pk)
    return member


@transaction.atomic
def change(member: Member, **values: Any) -> Member:
    member = changed(member, values | (NO_CODE if values.get("user") else {}))
    events.record("member.changed", STAFF, member=member.pk)
    return member


@transaction.atomic
def remove(member: Member) -> None:
    """Raises `StillUsed` while loans or holds, past ones too, name the card."""
    number = member.pk
    try:
        locked(member).delete()
    except ProtectedError:
        raise StillUsed(f"{member} has loans or holds, so the card cannot be removed.") from None
    events.record("member.removed", STAFF, member=number)


@transaction.atomic
def make_link_code(member: Member) -> str:
    """A code by which a user can make the card theirs, once and within 14 days; it ends the one before.

    Raises `HasAccount`. Only its keyed hash is kept.
    """
    member = locked(member)
    if member.user_id:
        raise HasAccount(f"{member}'s card belongs to an account already. Take it away from that one first.")
    code = _new_code()
    changed(member, {"link_digest": _digest(code), "link_until": timezone.now() + CODE_LIFE})
    events.record("member.code-made", STAFF, member=member.pk)
    return code


@transaction.atomic
def withdraw_link_code(member: Member) -> None:
    """End the card's code; without one nothing changes."""
    if locked(member).link_digest:
        changed(member, NO_CODE)
        events.record("member.code-withdrawn", STAFF, member=member.pk)


def link(user: User, code: str) -> Member:
    """Make the card that `code` was made for the one of `user`.

    Raises `HasCard`, `TooManyAttempts`, and `Invalid` for a code that is wrong, used or too old.
    """
    _refuse_second(user)
    member = attempts.guard_code(user, lambda: _claim(user, code))
    if member is None:
        raise Invalid("code", "This code is not good, or no longer. Check it, or ask at the desk for a new one.")
    return member


@transaction.atomic
def unlink(member: Member) -> None:
    """Take the card away from its account; without one nothing changes."""
    user = locked(member).user_id
    if user:
        changed(member, {"user": None})
        events.record("member.unlinked", STAFF, member=member.pk, user=user)


@transaction.atomic
def _claim(user: User, code: str) -> Member | None:
    _refuse_second(locked(user))
    # Only the row's own columns may stand in this condition: PostgreSQL checks those again after
    # waiting for another writer, so of two users with one code the slower finds it used.
    good = Member.objects.filter(link_digest=_digest(code), link_until__gt=timezone.now(), user__isnull=True)
    if not good.update(user=user, **NO_CODE):
        return None
    member = Member.objects.get(user=user)
    events.record("member.linked", STAFF, member=member.pk, user=user.pk)
    return member


def _refuse_second(user: User) -> None:
    if Member.objects.filter(user=user).exists():
        raise HasCard("You have a library card already. Ask at the desk if it is the wrong one.")


def _new_code() -> str:
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _digest(code: str) -> str:
    """Of the letters and digits alone, so that a code may be typed in small letters and without its hyphen."""
    plain = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", code).upper())
    return salted_hmac("bookplate.people.members.link", plain, algorithm="sha256").hexdigest()
