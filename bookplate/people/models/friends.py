"""What stands between two people: a request for friendship (`FriendRequest`), or a `Block`.

Friendship itself is `User.friends`, which is mutual.
"""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from bookplate.people.models.users import User


class FriendRequestQuerySet(models.QuerySet["FriendRequest"]):
    def visible_to(self, user: User) -> Self:
        """One's own, and what one is asked by others; but nobody hears from those whom they block."""
        concerned = self.filter(Q(asker=user) | Q(asked=user), asker__is_active=True, asked__is_active=True)
        return concerned.exclude(asked=user, asker__in=user.blocks.values("whom"))

    def between(self, one: User, other: User) -> Self:
        return self.filter(Q(asker=one, asked=other) | Q(asker=other, asked=one))

    def with_people(self) -> Self:
        return self.select_related("asker", "asked")


class FriendRequest(models.Model):
    """Somebody asks somebody to be friends; gone when it is answered or withdrawn."""

    asker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="requests_made")
    asked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="requests_got")
    made_at = models.DateTimeField(auto_now_add=True)

    accepted = False
    """Whether it has just become a friendship."""

    objects = FriendRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                Least("asker", "asked"), Greatest("asker", "asked"), name="one_friend_request_between_two"
            ),
            models.CheckConstraint(condition=~Q(asker=F("asked")), name="friend_request_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.asker} asks {self.asked}"


class BlockQuerySet(models.QuerySet["Block"]):
    def between(self, one: User, other: User) -> Self:
        return self.filter(Q(who=one, whom=other) | Q(who=other, whom=one))


class Block(models.Model):
    """Somebody wants nothing to do with somebody, who is not told so."""

    who = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks")
    whom = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocked_by")
    made_at = models.DateTimeField(auto_now_add=True)

    objects = BlockQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["who", "whom"], name="one_block_of_one_by_one"),
            models.CheckConstraint(condition=~Q(who=F("whom")), name="block_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.who} blocks {self.whom}"
