"""The tables of people, a file for each noun: accounts and circles, library cards, sign-ins, failed ones."""

from bookplate.people.models.attempts import Attempt
from bookplate.people.models.members import Member, MemberQuerySet, new_card
from bookplate.people.models.sessions import Session, SessionQuerySet
from bookplate.people.models.users import Group, GroupQuerySet, Profile, User, UserManager, UserQuerySet

__all__ = [
    "Attempt",
    "Group",
    "GroupQuerySet",
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
