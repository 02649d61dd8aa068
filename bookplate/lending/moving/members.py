"""Library cards from a list, each known by its number; no account is made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.db.models import Model

from bookplate.catalog.importing.batches import Fate, Written
from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.records import Unfit
from bookplate.catalog.importing.rehearsal import Rehearsal
from bookplate.core.events import Note
from bookplate.lending.moving.known import words
from bookplate.people.members import STAFF
from bookplate.people.models import Member

LONGEST = {"card": 40, "firstname": 150, "lastname": 150, "notes": 10_000}
CALLED = {"card": "number of the card", "firstname": "first name", "lastname": "last name", "notes": "note"}


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """A member as the list describes them."""

    card: str
    firstname: str
    lastname: str
    expires_on: date | None
    notes: str


class Members:
    can_be_undone: ClassVar[bool] = True

    def __init__(self, drafts: Sequence[MemberDraft], job: Import, rehearsal: Rehearsal | None) -> None:
        cards = {draft.card for draft in drafts}
        found = Member.objects.select_for_update().filter(card__in=cards).order_by("pk")
        self.members = {member.card: member for member in found}
        if rehearsal:
            self.members |= {row["card"]: _rehearsed(pk, **row) for pk, row in rehearsal.find(cards)}
        self.created: list[Member] = []
        self.changed: dict[int, Member] = {}
        self.before: dict[int, dict[str, Any]] = {}

    def decide(self, draft: MemberDraft) -> Fate:
        _check(draft)
        member = self.members.get(draft.card)
        if member is None:
            member = Member(
                card=draft.card,
                firstname=draft.firstname,
                lastname=draft.lastname,
                expires_on=draft.expires_on,
                notes=draft.notes,
            )
            self.members[draft.card] = member
            self.created.append(member)
            return Fate.CREATED
        if _named(member) != _named(draft):
            raise Unfit("card", f"The card {draft.card} is {member}'s here, and this row has another name.")
        return self._complete(member, draft)

    def _complete(self, member: Member, draft: MemberDraft) -> Fate:
        """Fill in what is empty; of two ends of a card the later is good."""
        before = member.expires_on, member.notes
        member.notes = member.notes or draft.notes
        if draft.expires_on and (member.expires_on is None or draft.expires_on > member.expires_on):
            member.expires_on = draft.expires_on
        if before == (member.expires_on, member.notes):
            return Fate.UNCHANGED
        if member.pk:  # one that this batch makes is written as it is now
            self.changed[member.pk] = member
            self.before.setdefault(member.pk, _kept(*before))
        return Fate.UPDATED

    def save(self) -> Iterator[Note]:
        Member.objects.bulk_create(self.created)
        if self.changed:
            Member.objects.bulk_update(self.changed.values(), ["expires_on", "notes"], batch_size=100)
        return self._notes()

    def _notes(self) -> Iterator[Note]:
        yield from (Note("member.added", STAFF, member=member.pk) for member in self.created)
        yield from (Note("member.changed", STAFF, member=pk) for pk in self.changed)

    def written(self) -> Written:
        after = {pk: _kept(member.expires_on, member.notes) for pk, member in self.changed.items()}
        changed = {
            pk: {name: (self.before[pk][name], now[name]) for name in now if now[name] != self.before[pk][name]}
            for pk, now in after.items()
        }
        return Written({"people.member": [member.pk for member in self.created]}, {"people.member": changed})

    @staticmethod
    def undone(removed: Sequence[Model], restored: Sequence[Model]) -> Iterator[Note]:
        yield from (Note("member.removed", STAFF, member=member.pk) for member in removed)
        yield from (Note("member.changed", STAFF, member=member.pk) for member in restored)

    def rehearse(self, rehearsal: Rehearsal) -> None:
        for member in [*self.created, *self.changed.values()]:
            fields = {name: getattr(member, name) for name in LONGEST}
            fields["expires_on"] = member.expires_on and member.expires_on.isoformat()
            member.pk = rehearsal.keep(member.pk, [member.card], fields)


def _kept(expires_on: date | None, notes: str) -> dict[str, str | None]:
    """What an import may change, as JSON has it."""
    return {"expires_on": expires_on.isoformat() if expires_on else None, "notes": notes}


def _check(draft: MemberDraft) -> None:
    if not draft.card:
        raise Unfit("card", "There is no number of a card. Without one the same person would come in twice.")
    if not draft.firstname:
        raise Unfit("name", "There is no name.")
    for name, most in LONGEST.items():
        if (length := len(getattr(draft, name))) > most:
            raise Unfit(name, f"The {CALLED[name]} has {length:,} characters; at most {most:,} can be kept.")


def _named(who: Member | MemberDraft) -> list[str]:
    return words(f"{who.firstname} {who.lastname}")


def _rehearsed(pk: int, expires_on: str | None, **fields: str) -> Member:
    return Member(pk=pk, expires_on=date.fromisoformat(expires_on) if expires_on else None, **fields)
