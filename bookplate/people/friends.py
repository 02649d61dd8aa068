"""Friendship: asked for, accepted, ended; and blocking, which the blocked are not told of.

Each verb takes who acts and the other one, and may be repeated: what is so already stays as it is. Both accounts
are locked first, the lower id before the higher, so of two that act at once the second sees what the first did.
"""

from enum import StrEnum

from django.db import transaction
from django.db.models import Q

from bookplate.core import events
from bookplate.core.errors import Conflict, Invalid, RemovedMeanwhile
from bookplate.core.events import Note
from bookplate.core.models import Audience
from bookplate.people.models import Block, FriendRequest, User, UserQuerySet


class Standing(StrEnum):
    """What somebody else is to one, and so what can be done next."""

    SELF = "self"
    BLOCKED = "blocked"
    FRIEND = "friend"
    ASKED = "asked"
    ASKS = "asks"
    OPEN = "open"
    CLOSED = "closed"


class AlreadyFriends(Conflict):
    title = "You are friends already"


def of(user: User) -> UserQuerySet:
    friends: UserQuerySet = User.objects.filter(pk__in=user.friends.values("pk"), is_active=True)
    return friends


def blocked_by(user: User) -> UserQuerySet:
    people: UserQuerySet = User.objects.filter(pk__in=user.blocks.values("whom"))
    return people


def askable_by(user: User) -> UserQuerySet:
    """Those whom `user` may see as anybody would, whatever their role; and whoever asks `user`."""
    asking = FriendRequest.objects.visible_to(user).filter(asked=user)
    open_or_asking = Q(pk__in=User.objects.open_to(user).values("pk")) | Q(pk__in=asking.values("asker"))
    people: UserQuerySet = User.objects.filter(open_or_asking).exclude(pk=user.pk)
    return people


def known_to(user: User) -> UserQuerySet:
    """Those whom `user` can name: whom they see, have to do with, or block."""
    requests, pk = FriendRequest.objects.visible_to(user), user.pk
    seen = Q(pk__in=User.objects.visible_to(user).values("pk")) | Q(pk__in=of(user).values("pk"))
    asking = Q(pk__in=requests.values("asker")) | Q(pk__in=requests.values("asked"))
    people: UserQuerySet = User.objects.filter(seen | asking | Q(pk__in=blocked_by(user).values("pk"))).exclude(pk=pk)
    return people


def are_friends(one: User, other: User) -> bool:
    return one.friends.filter(pk=other.pk).exists()


def standing(me: User, other: User) -> Standing:
    if me == other:
        return Standing.SELF
    if user_blocks(me, other):
        return Standing.BLOCKED
    if are_friends(me, other):
        return Standing.FRIEND
    if request := FriendRequest.objects.visible_to(me).between(me, other).first():
        return Standing.ASKED if request.asker_id == me.pk else Standing.ASKS
    return Standing.OPEN if askable_by(me).filter(pk=other.pk).exists() else Standing.CLOSED


@transaction.atomic
def ask(me: User, username: str) -> FriendRequest:
    """Ask somebody to be friends; who asks `me` already becomes a friend at once.

    Raises `Invalid`, in the same words for somebody hidden as for a name that nobody has, and `AlreadyFriends`.
    """
    other = _found(me, username)
    if user_blocks(me, other):
        raise Invalid("username", f"You have blocked {other}. Unblock them first.")
    if are_friends(me, other):
        raise AlreadyFriends(f"You and {other} are friends already.")
    if theirs := FriendRequest.objects.with_people().filter(asker=other, asked=me).first():
        return _befriend(theirs)
    request, new = FriendRequest.objects.with_people().get_or_create(asker=me, asked=other)
    if new:
        _tell("friend.requested", me, other)
    return request


def _found(me: User, username: str) -> User:
    found = askable_by(me).filter(username__iexact=username).first()
    if found:
        _lock(me, found)
        # Once more: they may have blocked `me` or hidden themself before the lock.
        found = askable_by(me).filter(pk=found.pk).first()
    if found is None:
        raise Invalid("username", "There is nobody of this name whom you can ask.")
    return found


@transaction.atomic
def accept(me: User, other: User) -> None:
    """Raises `RemovedMeanwhile` when `other` does not ask (any more)."""
    _lock(me, other)
    request = FriendRequest.objects.visible_to(me).filter(asker=other, asked=me).first()
    if request:
        _befriend(request)
    elif not are_friends(me, other):
        raise RemovedMeanwhile(f"{other} does not ask to be your friend any more.")


@transaction.atomic
def decline(me: User, other: User) -> None:
    """Refuse the other's request, or withdraw one's own."""
    _lock(me, other)
    removed, _ = FriendRequest.objects.visible_to(me).between(me, other).delete()
    if removed:
        _tell("friend.declined", me, other)


@transaction.atomic
def end(me: User, other: User) -> None:
    _lock(me, other)
    if are_friends(me, other):
        me.friends.remove(other)
        _tell("friend.ended", me, other)


@transaction.atomic
def block(me: User, other: User) -> None:
    """The friendship ends. A request of theirs stays and waits, as far as they can tell."""
    _lock(me, other)
    if Block.objects.get_or_create(who=me, whom=other)[1]:
        me.friends.remove(other)
        FriendRequest.objects.filter(asker=me, asked=other).delete()
        events.record("block.added", (Audience.USER, me.pk))


def block_by_name(me: User, username: str) -> User:
    """Raises `Invalid` in the same words for somebody hidden as for a name that nobody has."""
    other = known_to(me).filter(username__iexact=username).first()
    if other is None:
        raise Invalid("username", "There is nobody of this name whom you can block.")
    block(me, other)
    return other


@transaction.atomic
def unblock(me: User, other: User) -> None:
    _lock(me, other)
    if Block.objects.filter(who=me, whom=other).delete()[0]:
        events.record("block.removed", (Audience.USER, me.pk))


def user_blocks(one: User, other: User) -> bool:
    return Block.objects.filter(who=one, whom=other).exists()


def _lock(one: User, other: User) -> None:
    # Without `no_key` this would wait for every transaction that only writes a row naming one of them.
    both = User.objects.select_for_update(no_key=True).filter(pk__in=[one.pk, other.pk]).order_by("pk")
    if len(both) < 2:
        raise RemovedMeanwhile("This account was removed meanwhile.")


def _befriend(request: FriendRequest) -> FriendRequest:
    FriendRequest.objects.filter(pk=request.pk).delete()
    request.accepted = True
    request.asked.friends.add(request.asker)
    _tell("friend.added", request.asked, request.asker)
    return request


def _tell(type: str, me: User, other: User) -> None:
    """Both hear of it, so that their open pages follow; but nobody from whom they block, or who blocks them."""
    hearers = [me] if Block.objects.between(me, other).exists() else [me, other]
    events.record_all([Note(type, (Audience.USER, hearer.pk), user=other.pk) for hearer in hearers])
