"""Roles and the rights that follow from them, as small named predicates for every door."""

from typing import TYPE_CHECKING, TypeAlias, Union

from django.contrib.auth.models import AnonymousUser
from django.db import models

if TYPE_CHECKING:
    from bookplate.people.models import User

Viewer: TypeAlias = Union["User", AnonymousUser]

LIBRARIANS_TABLES = {"book", "copy", "import", "importfailure", "loan", "hold", "member", "group"}


class Role(models.TextChoices):
    MEMBER = "member", "Member"
    ASSISTANT = "assistant", "Assistant"
    LIBRARIAN = "librarian", "Librarian"
    ADMIN = "admin", "Admin"


def _has(viewer: Viewer, *roles: Role) -> bool:
    return getattr(viewer, "role", None) in roles


def is_signed_in(viewer: Viewer) -> bool:
    return viewer.is_authenticated


def works_at_desk(viewer: Viewer) -> bool:
    """May lend and take back, and sees who has what."""
    return _has(viewer, Role.ASSISTANT, Role.LIBRARIAN, Role.ADMIN)


def keeps_catalogue(viewer: Viewer) -> bool:
    """May add, change and remove editions and the library's copies, and bring files in."""
    return _has(viewer, Role.LIBRARIAN, Role.ADMIN)


def keeps_groups(viewer: Viewer) -> bool:
    """May make, rename and remove groups."""
    return _has(viewer, Role.LIBRARIAN, Role.ADMIN)


def keeps_members(viewer: Viewer) -> bool:
    """May make and change library cards."""
    return _has(viewer, Role.LIBRARIAN, Role.ADMIN)


def invites(viewer: Viewer) -> bool:
    """May invite people to open an account."""
    return keeps_members(viewer)


def may_invite_as(viewer: Viewer, role: Role) -> bool:
    """Librarians invite members, admins anybody."""
    return is_admin(viewer) or (invites(viewer) and role == Role.MEMBER)


def administers(viewer: Viewer, permission: str) -> bool:
    """Whether Django's admin grants a permission such as "catalog.change_book"."""
    return is_admin(viewer) or (keeps_catalogue(viewer) and permission.rpartition("_")[2] in LIBRARIANS_TABLES)


def is_admin(viewer: Viewer) -> bool:
    return _has(viewer, Role.ADMIN)
