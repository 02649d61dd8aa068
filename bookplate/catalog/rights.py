"""What a viewer may do with editions and copies."""

from django.conf import settings

from bookplate.catalog.models import Copy
from bookplate.people import roles
from bookplate.people.models import User

MEMBERS_FILE = 5_000_000
"""Of a list for one's own shelf: some 20,000 books."""


def reads_catalogue(viewer: roles.Viewer) -> bool:
    return settings.PUBLIC_CATALOGUE or roles.is_signed_in(viewer)


def owner_of_new_copy(viewer: roles.Viewer) -> User | None:
    """A librarian adds the library's own copies; anybody else those that stand on their own shelf."""
    return viewer if isinstance(viewer, User) and not roles.keeps_catalogue(viewer) else None


def largest_file(viewer: roles.Viewer) -> int:
    """How many bytes a list may have that somebody brings in: into the library, or to their own shelf; 0 is none."""
    if roles.keeps_catalogue(viewer):
        return int(settings.UPLOAD_LIMIT)
    return min(MEMBERS_FILE, settings.UPLOAD_LIMIT) if roles.is_signed_in(viewer) else 0


def may_change(viewer: roles.Viewer, copy: Copy) -> bool:
    """The library's copies are the librarians', a person's their own, a group's that of all in it."""
    if not isinstance(viewer, User):
        return False
    if copy.owner_id:
        return copy.owner_id == viewer.pk or roles.is_admin(viewer)
    if copy.owner_group_id:
        return copy.owner_group_id == viewer.group_id or roles.is_admin(viewer)
    return roles.keeps_catalogue(viewer)
