"""Making, changing and removing library cards; the desk's pages hear of it."""

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from bookplate.core import events
from bookplate.core.errors import StillUsed
from bookplate.core.models import Audience, changed, locked
from bookplate.people.models import Member

STAFF = (Audience.STAFF, None)


@transaction.atomic
def add(**values: Any) -> Member:
    member = Member.objects.create(**values)
    events.record("member.added", STAFF, member=member.pk)
    return member


@transaction.atomic
def change(member: Member, **values: Any) -> Member:
    member = changed(member, values)
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
