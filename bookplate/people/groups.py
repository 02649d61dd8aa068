"""Making, renaming and removing groups; everybody who is signed in knows their names."""

from django.db import transaction
from django.db.models import ProtectedError

from bookplate.core import events
from bookplate.core.errors import StillUsed
from bookplate.core.models import Audience, changed, locked
from bookplate.people.models import Group

MEMBERS = (Audience.MEMBERS, None)


@transaction.atomic
def add(name: str) -> Group:
    group = Group.objects.create(name=name)
    events.record("group.added", MEMBERS, note=group.name)
    return group


@transaction.atomic
def rename(group: Group, name: str) -> Group:
    before, group = group.name, changed(group, {"name": name})
    events.record("group.changed", MEMBERS, note=f"{before} → {name}")
    return group


@transaction.atomic
def remove(group: Group) -> None:
    """Raises `StillUsed` while somebody is in it or a copy belongs to it."""
    try:
        locked(group).delete()
    except ProtectedError:
        raise StillUsed(f"“{group}” still has people or copies. Put those into another group first.") from None
    events.record("group.removed", MEMBERS, note=group.name)
