"""Library cards (`Member`)."""

import secrets
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from stdnum import luhn

from bookplate.core.models import at_most
from bookplate.people import roles
from bookplate.people.fields import DerivingModel, DerivingQuerySet, SortKeyField
from bookplate.people.folding import sort_key
from bookplate.people.models.users import User


def new_card() -> str:
    """A card number of 12 digits: 11 at random and a check digit (Luhn, ISO/IEC 7812-1)."""
    digits = f"2{secrets.randbelow(10**10):010}"
    return digits + luhn.calc_check_digit(digits)


class MemberQuerySet(DerivingQuerySet["Member"]):
    def visible_to(self, viewer: roles.Viewer) -> Self:
        """The desk sees every card, a user their own."""
        if roles.works_at_desk(viewer):
            return self
        return self.filter(user=viewer.pk) if isinstance(viewer, User) else self.none()

    def matching(self, text: str) -> Self:
        """The card whose number `text` is, else those whose name holds its every word or whose number begins so.

        Without regard to capitals and accents.
        """
        number = text.strip()
        exact = self.filter(card=number)
        if not number or exact.exists():
            return exact if number else self
        return self.filter(_named(text) | Q(card__istartswith=number))


def _named(text: str) -> Q:
    # As in the column, where what stands before a name's first letter is not kept.
    words = [sort_key(word) for word in text.split()]
    return Q(*[Q(name_key__contains=word) for word in words])


class Member(DerivingModel):
    """A library card: somebody who borrows, with or without an account."""

    firstname = models.CharField("first name", max_length=150)
    lastname = models.CharField("last name", max_length=150, blank=True)
    card = models.CharField(
        max_length=40, unique=True, default=new_card, error_messages={"unique": "This card number is taken."}
    )
    user = models.OneToOneField(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="member", verbose_name="account"
    )
    notes = models.TextField(max_length=10_000, blank=True, help_text="Only the desk sees them.")
    expires_on = models.DateField(
        "good until", null=True, blank=True, help_text="The last day on which it lends; empty for no end."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    # The code with which a user links the card to their account, as a keyed hash (`people.members`).
    link_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    link_until = models.DateTimeField(null=True, editable=False)

    name_key = SortKeyField(max_length=400, sources=("lastname", "firstname"))

    objects = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["name_key", "id"]
        indexes = [models.Index(fields=["name_key", "id"], name="member_by_name_key")]
        constraints = [
            models.CheckConstraint(condition=~Q(card="") & ~Q(firstname=""), name="member_has_name_and_card"),
            models.CheckConstraint(
                condition=Q(link_digest__isnull=True, link_until__isnull=True)
                | Q(link_digest__isnull=False, link_until__isnull=False),
                name="member_code_has_its_end",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(link_digest__isnull=True), name="member_code_for_no_account"
            ),
            *at_most("member", firstname=150, lastname=150, card=40, notes=10_000, link_digest=64),
        ]

    def __str__(self) -> str:
        return f"{self.firstname} {self.lastname}".strip()

    @property
    def has_expired(self) -> bool:
        return self.expires_on is not None and self.expires_on < timezone.localdate()

    @property
    def has_code(self) -> bool:
        return self.link_until is not None and self.link_until > timezone.now()
