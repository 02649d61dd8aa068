"""The tables of people, a file for each noun: accounts and circles, friends, library cards, sign-ins."""

from bookplate.people.models.friends import Block, BlockQuerySet, FriendRequest, FriendRequestQuerySet
from bookplate.people.models.members import Member, MemberQuerySet, new_card
from bookplate.people.models.sessions import Session, SessionQuerySet
from bookplate.people.models.users import Details, Group, GroupQuerySet, Profile, User, UserManager, UserQuerySet

__all__ = [
    "Block",
    "BlockQuerySet",
    "Details",
    "FriendRequest",
    "FriendRequestQuerySet",
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
