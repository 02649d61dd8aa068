"""The tables of people, a file for each noun: accounts and circles, friends, cards, sign-ins, tokens, invitations."""

from bookplate.people.models.attempts import Attempt
from bookplate.people.models.friends import Block, BlockQuerySet, FriendRequest, FriendRequestQuerySet
from bookplate.people.models.invitations import Invitation, InvitationQuerySet
from bookplate.people.models.members import Member, MemberQuerySet, new_card
from bookplate.people.models.sessions import Session, SessionQuerySet
from bookplate.people.models.tokens import Scope, ScriptToken, ScriptTokenQuerySet
from bookplate.people.models.users import Details, Group, GroupQuerySet, Profile, User, UserManager, UserQuerySet

__all__ = [
    "Attempt",
    "Block",
    "BlockQuerySet",
    "Details",
    "FriendRequest",
    "FriendRequestQuerySet",
    "Group",
    "GroupQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "Member",
    "MemberQuerySet",
    "Profile",
    "Scope",
    "ScriptToken",
    "ScriptTokenQuerySet",
    "Session",
    "SessionQuerySet",
    "User",
    "UserManager",
    "UserQuerySet",
    "new_card",
]
