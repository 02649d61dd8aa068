"""The tables of people, a file for each noun: accounts and circles, library cards, sign-ins, invitations."""

from bookplate.people.models.invitations import Invitation, InvitationQuerySet
from bookplate.people.models.members import Member, MemberQuerySet, new_card
from bookplate.people.models.sessions import Session, SessionQuerySet
from bookplate.people.models.tokens import Scope, ScriptToken
from bookplate.people.models.users import Group, GroupQuerySet, Profile, User, UserManager, UserQuerySet

__all__ = [
    "Group",
    "GroupQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "Member",
    "MemberQuerySet",
    "Profile",
    "Scope",
    "ScriptToken",
    "Session",
    "SessionQuerySet",
    "User",
    "UserManager",
    "UserQuerySet",
    "new_card",
]
