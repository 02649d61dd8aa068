"""Opening an account, with all that belongs to one."""

from django.db import transaction

from bookplate.people.models import Profile, User


@transaction.atomic
def open(user: User) -> User:
    """Save a new `user` whose fields are filled in; the group follows, and the profile with it."""
    user.save(force_insert=True)
    Profile.objects.create(user=user)
    return user
