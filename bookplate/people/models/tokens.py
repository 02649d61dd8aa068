"""Tokens for scripts (`ScriptToken`)."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookplate.core.models import at_most
from bookplate.people.models.users import User


class Scope(models.TextChoices):
    """What a token for a script may do at most; what its user may not do, it may not either."""

    READ = "read", "Read the catalogue"
    DESK = "desk", "Lend and take back"
    CATALOGUE = "catalogue", "Keep the catalogue"


class ScriptTokenQuerySet(models.QuerySet["ScriptToken"]):
    def live(self) -> Self:
        return self.filter(ended_at__isnull=True, expires_at__gt=timezone.now(), user__is_active=True)


class ScriptToken(models.Model):
    """A token that a person made for a script; kept as its digest, so nobody can read it here."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="script_tokens")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=60, help_text="Separated by blanks (RFC 6749, 3.3).")
    digest = models.CharField(max_length=64, unique=True)
    stamp = models.CharField(max_length=64, help_text="Made of the password that was good then.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ScriptTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(scope=""), name="script_token_has_name_and_scope"),
            *at_most("scripttoken", name=100, scope=60, digest=64, stamp=64),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scopes(self) -> list[str]:
        return self.scope.split()

    @property
    def scopes_in_words(self) -> list[str]:
        return [str(Scope(name).label) for name in self.scopes]

    def allows(self, wanted: Scope) -> bool:
        """Whoever may lend or keep the catalogue may read it."""
        return wanted == Scope.READ or wanted in self.scopes
