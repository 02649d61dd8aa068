"""What admins do to accounts: give a role, close and open one, end its sign-ins. The last admin is safe (G12)."""

from typing import Any

from django.db import transaction

from bookplate.core import events
from bookplate.core.errors import Conflict
from bookplate.core.models import Audience, changed, locked
from bookplate.people import scripts, sessions
from bookplate.people.models import Session, User
from bookplate.people.roles import Role

ADMINS = (Audience.ADMINS, None)


class LastAdmin(Conflict):
    title = "There must be an admin"


@transaction.atomic
def change(user: User, **values: Any) -> User:
    """Give `user` another `role`, or close (`is_active`) or reopen the account, or change what else admins may.

    A closed account stays with all that belongs to it, and nobody can sign in to it. Raises `LastAdmin`
    where nobody else could give roles afterwards.
    """
    if values.get("role", Role.ADMIN) != Role.ADMIN or not values.get("is_active", True):
        keep_an_admin(user)
    before = locked(user)
    user = changed(user, values)
    if not user.is_active:
        _sign_out(user)
    events.record("account.changed", ADMINS, user=user.pk, note=_difference(before, user))
    return user


def _difference(before: User, after: User) -> str:
    words = [f"{before.role} → {after.role}"] if before.role != after.role else []
    if before.is_active != after.is_active:
        words.append("opened" if after.is_active else "closed")
    return ", ".join(words)


@transaction.atomic
def end_sign_ins(user: User) -> None:
    """Those of browsers, apps and scripts."""
    _sign_out(user)
    events.record("account.signed-out", ADMINS, user=user.pk)


@transaction.atomic
def end_sign_in(session: Session) -> None:
    if sessions.end(session.pk):
        events.record("account.signed-out", ADMINS, user=session.user_id, note=session.device)


def _sign_out(user: User) -> None:
    sessions.end_all(user)
    scripts.end_all(user)


def keep_an_admin(user: User) -> None:
    """Raise `LastAdmin` if `user` is the only one; needs a transaction, in which no other admin can go meanwhile.

    All admins are locked, in one order, so that of two who demote each other at once one is told.
    """
    admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    if [admin.pk for admin in admins] == [user.pk]:
        raise LastAdmin(f"{user} is the only admin. Make somebody else one first.")
