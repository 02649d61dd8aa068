"""Inviting people: a link that opens one account, in a group and with a role."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bookplate.core import events
from bookplate.core.errors import Conflict, Invalid
from bookplate.core.models import Audience, locked
from bookplate.people import letters, links, roles
from bookplate.people.models import Group, Invitation, User
from bookplate.people.models.invitations import token_hash
from bookplate.people.roles import Role

DAYS, MOST_DAYS = 14, 90
STAFF = (Audience.STAFF, None)
OVER = "This invitation is over, or it was used already. Ask the library for a new one."


class NobodyCanJoin(Conflict):
    title = "Nobody can join"


class InvitationUsed(Conflict):
    title = "The invitation was used"


@dataclass(frozen=True)
class Offer:
    """What an invitation is to open: an account with this role, in this group or else the default one."""

    role: Role = Role.MEMBER
    group: Group | None = None
    email: str = ""
    days: int = DAYS


@transaction.atomic
def make(offer: Offer, *, by: User, site: str) -> tuple[Invitation, str]:
    """An invitation and its link, which is kept nowhere; mailed when there is an address to mail it to.

    Raises `Invalid` for a role that `by` may not give, and `NobodyCanJoin`.
    """
    if settings.REGISTRATION == "closed":
        raise NobodyCanJoin("Registration is closed (BOOKPLATE_REGISTRATION), so an invitation would open nothing.")
    if not roles.may_invite_as(by, offer.role):
        raise Invalid("role", "Only an admin may invite people for this role.")
    token = secrets.token_urlsafe(24)
    invitation = _keep(offer, token, by)
    link = links.page(site, "invited", token)
    letters.invite(invitation, link)
    events.record("invitation.made", STAFF, note=f"{invitation.pk}: {offer.role} in {invitation.group}")
    return invitation, link


def _keep(offer: Offer, token: str, by: User) -> Invitation:
    return Invitation.objects.create(
        token_hash=token_hash(token),
        role=offer.role,
        group=offer.group or Group.objects.default(),
        email=offer.email,
        made_by=by,
        expires_at=timezone.now() + timedelta(days=offer.days),
    )


@transaction.atomic
def withdraw(invitation: Invitation) -> None:
    """Raises `InvitationUsed` when somebody was quicker."""
    now = locked(invitation)
    if now.used_at is not None:
        raise InvitationUsed("The invitation was used meanwhile, so there is nothing left to withdraw.")
    now.delete()
    events.record("invitation.withdrawn", STAFF, note=f"{invitation.pk}: {now.role}")


def find(token: str) -> Invitation | None:
    """The invitation of a link, if it is still open."""
    found = Invitation.objects.select_related("group", "made_by").filter(token_hash=token_hash(token)).first()
    return found if found and found.is_open else None


def claim(invitation: Invitation, user: User) -> None:
    """Mark as used by `user`; of two at the same moment the slower one gets `Invalid` and must roll back."""
    # One conditional update on the row's own columns: see `sessions._consume`. The address has done its work.
    unused = Invitation.objects.unused().filter(pk=invitation.pk)
    if unused.update(used_at=timezone.now(), used_by=user, email="") != 1:
        raise Invalid("invitation", OVER)
