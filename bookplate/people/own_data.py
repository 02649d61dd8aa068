"""The people room's part of privacy: the account, its circle, its sign-ins and cards."""

from collections.abc import Mapping
from datetime import timedelta

from django.contrib.sessions.models import Session as Cookie
from django.db.models import Q
from django.utils import timezone

from bookplate.core.events import Note
from bookplate.core.models import Audience
from bookplate.people import attempts, sessions
from bookplate.people.models import Block, FriendRequest, Invitation, Member, ScriptToken, Session, User
from bookplate.people.privacy import Part, Table

SIGN_INS_KEPT = timedelta(days=90)


def held(user: User) -> Mapping[str, Table]:
    account = User.objects.filter(pk=user.pk).values(
        "id",
        "username",
        "email",
        "role",
        "group__name",
        "date_joined",
        "last_login",
        "profile__info",
        "profile__visibility",
    )
    return {
        "account": account,
        "friends": user.friends.values("id", "username"),
        "friend_requests": FriendRequest.objects.filter(Q(asker=user) | Q(asked=user)).values(
            "id", "asker__username", "asked__username"
        ),
        "blocks": Block.objects.filter(who=user).values("id", "whom__username"),
        "cards": Member.objects.filter(user=user).values(
            "id", "firstname", "lastname", "card", "expires_on", "notes", "created_at"
        ),
        "sign_ins": Session.objects.filter(user=user).values("id", "device", "created_at", "last_used_at", "ended_at"),
        "invitations": Invitation.objects.filter(made_by=user).values(
            "id", "role", "group__name", "made_at", "used_at"
        ),
        "script_tokens": ScriptToken.objects.filter(user=user).values(
            "id", "name", "scope", "created_at", "expires_at", "last_used_at", "ended_at"
        ),
    }


def erase(user: User) -> list[Note]:
    """The account goes with its profile, friendships, sign-ins and tokens, and the card too."""
    sessions.end_all(user)
    lost = [Note("friend.ended", (Audience.USER, friend)) for friend in user.friends.values_list("pk", flat=True)]
    if user.email:
        Invitation.objects.filter(email__iexact=user.email).update(email="")
    Member.objects.filter(user=user).delete()
    user.delete()
    return lost


def tidy() -> int:
    long_ago = timezone.now() - SIGN_INS_KEPT
    gone = Session.objects.filter(ended_at__lt=long_ago).delete()[0]
    gone += Session.objects.filter(last_used_at__lt=long_ago).delete()[0]
    gone += Invitation.objects.unused().filter(expires_at__lt=long_ago).delete()[0]
    gone += attempts.forget_old()
    gone += ScriptToken.objects.filter(expires_at__lt=long_ago).delete()[0]
    return gone + Cookie.objects.filter(expire_date__lt=timezone.now()).delete()[0]


PART = Part(held, erase, tidy)
