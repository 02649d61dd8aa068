"""What people tell about themselves, and to whom."""

from typing import Any

from django.db import transaction

from bookplate.core import events
from bookplate.core.models import Audience, changed
from bookplate.people.models import Profile, User


@transaction.atomic
def change(user: User, **values: Any) -> Profile:
    profile = changed(user.profile, values)
    events.record("profile.changed", (Audience.USER, user.pk))
    return profile
