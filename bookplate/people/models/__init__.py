"""The tables of people, a file for each noun: accounts and circles, library cards, sign-ins."""

from bookplate.people.models.members import LinkAttempts, Member, MemberQuerySet, new_card
from bookplate.people.models.sessions import Session, SessionQuerySet
from bookplate.people.models.users import Group, GroupQuerySet, Profile, User, UserManager, UserQuerySet

__all__ = [
    "Group",
    "GroupQuerySet",
    "LinkAttempts",
    "Member",
    "MemberQuerySet",
    "Profile",
    "Session",
    "SessionQuerySet",
    "User",
    "UserManager",
    "UserQuerySet",
    "new_card",
]
