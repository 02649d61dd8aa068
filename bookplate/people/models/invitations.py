"""Invitations to open an account (`Invitation`)."""

import hashlib
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookplate.core.models import at_most
from bookplate.people import roles
from bookplate.people.models.users import Group, User
from bookplate.people.roles import Role


def token_hash(token: str) -> str:
    """What is kept of a token; it is random enough that nobody finds it from this."""
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def unused(self) -> Self:
        return self.filter(used_at__isnull=True)

    def visible_to(self, viewer: roles.Viewer) -> Self:
        """Whoever invites people sees the invitations that they could make themselves."""
        return self.filter(role__in=[role for role in Role if roles.may_invite_as(viewer, role)])


class Invitation(models.Model):
    """A link that opens one account; only the hash of its secret part is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    email = models.EmailField("mail address", blank=True)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="invitations_made")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.OneToOneField(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="invitation_used"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_is_known"),
            models.CheckConstraint(
                condition=Q(used_by__isnull=True) | Q(used_at__isnull=False), name="invitation_used_by_says_when"
            ),
            *at_most("invitation", token_hash=64, email=254),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_open(self) -> bool:
        """Unused, in time, and whoever made it may still invite so: it dies with their right."""
        maker = self.made_by
        entitled = maker is not None and maker.is_active and roles.may_invite_as(maker, Role(self.role))
        return self.used_at is None and not self.is_expired and entitled
