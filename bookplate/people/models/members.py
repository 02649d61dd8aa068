"""Library cards (`Member`)."""

import secrets
from typing import Self

from django.db import models
from django.db.models import Q
from stdnum import luhn

from bookplate.core.models import at_most
from bookplate.people import roles
from bookplate.people.models.users import User


def new_card() -> str:
    """A card number of 12 digits: 11 at random and a check digit (Luhn, ISO/IEC 7812-1)."""
    digits = f"2{secrets.randbelow(10**10):010}"
    return digits + luhn.calc_check_digit(digits)


class MemberQuerySet(models.QuerySet["Member"]):
    def visible_to(self, viewer: roles.Viewer) -> Self:
        """The desk sees every card, a user their own."""
        if roles.works_at_desk(viewer):
            return self
        return self.filter(user=viewer) if isinstance(viewer, User) else self.none()

    def named(self, text: str) -> Self:
        """Those whose first and last names hold every word of `text`."""
        found = self
        for word in text.split():
            found = found.filter(Q(firstname__icontains=word) | Q(lastname__icontains=word))
        return found


class Member(models.Model):
    """A library card: somebody who borrows, with or without an account."""

    firstname = models.CharField("first name", max_length=150)
    lastname = models.CharField("last name", max_length=150, blank=True)
    card = models.CharField(
        max_length=40, unique=True, default=new_card, error_messages={"unique": "This card number is taken."}
    )
    user = models.OneToOneField(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="member", verbose_name="account"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["lastname", "firstname", "id"]
        indexes = [models.Index(fields=["lastname", "firstname", "id"], name="member_by_name")]
        constraints = [
            models.CheckConstraint(condition=~Q(card="") & ~Q(firstname=""), name="member_has_name_and_card"),
            *at_most("member", firstname=150, lastname=150, card=40),
        ]

    def __str__(self) -> str:
        return f"{self.firstname} {self.lastname}".strip()
