"""Open loans from a list: one copy in one member's hands, beyond the policy's limits but within all invariants."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import ClassVar

from django.db.models import Model
from django.utils import timezone

from bookplate.catalog.importing.batches import Fate, Written
from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.records import Unfit
from bookplate.catalog.importing.rehearsal import Rehearsal
from bookplate.catalog.models import Copy, State
from bookplate.core.events import Note
from bookplate.lending import holds
from bookplate.lending.locks import lock_copies, lock_members
from bookplate.lending.models import Hold, Loan
from bookplate.lending.models.policy import begin_of, end_of
from bookplate.lending.moving.known import known_copies, known_member
from bookplate.people.models import Member

MOST_RENEWALS = 1000


@dataclass(frozen=True, slots=True)
class LoanDraft:
    """A loan as the list describes it."""

    barcode: str
    card: str
    due: date | None
    lent: date | None
    renewals: int


class Loans:
    can_be_undone: ClassVar[bool] = False

    def __init__(self, drafts: Sequence[LoanDraft], job: Import, rehearsal: Rehearsal | None) -> None:
        copies = known_copies(job).filter(barcode__in={draft.barcode for draft in drafts})
        self.copies = {copy.barcode: copy for copy in lock_copies(copies)}
        self.members = {member.card: member for member in lock_members({draft.card for draft in drafts})}
        open_loans = Loan.objects.open().filter(copy__in=list(self.copies.values()))
        self.loans = {loan.copy_id: loan for loan in open_loans}
        if rehearsal:
            found = rehearsal.find(str(copy.pk) for copy in self.copies.values())
            self.loans |= {copy: _rehearsed(copy, **fields) for copy, fields in found}
        self.created: list[Loan] = []
        self.changed: dict[int, Loan] = {}
        self.now = timezone.now()

    def decide(self, draft: LoanDraft) -> Fate:
        copy = self.copies.get(draft.barcode)
        if copy is None:
            raise Unfit("barcode", f"There is no copy with the barcode {draft.barcode or '(none)'}. Bring it in first.")
        member = known_member(self.members, draft.card)
        due_at = end_of(self._due(draft))
        loan = self.loans.get(copy.pk)
        if loan is None:
            return self._open(copy, member, draft, due_at)
        if loan.member_id != member.pk:
            raise Unfit(
                "card", f"“{copy.book.title}” ({copy.barcode}) is on loan to another member. Take it back first."
            )
        return self._prolong(loan, due_at, draft.renewals)

    def _due(self, draft: LoanDraft) -> date:
        if draft.due is None:
            raise Unfit("due", "There is no due date.")
        if draft.lent and draft.lent > timezone.localdate(self.now):
            raise Unfit("lent", f"The loan begins on {draft.lent}, which is in the future.")
        if draft.lent and draft.lent > draft.due:
            raise Unfit("due", f"The loan is due on {draft.due}, before it begins on {draft.lent}.")
        if draft.renewals > MOST_RENEWALS:
            raise Unfit("renewals", f"A loan cannot have been renewed {draft.renewals} times.")
        return draft.due

    def _open(self, copy: Copy, member: Member, draft: LoanDraft, due_at: datetime) -> Fate:
        if copy.state not in (State.IN, State.HELD):
            state = copy.get_state_display().lower()
            raise Unfit("barcode", f"“{copy.book.title}” ({copy.barcode}) is {state} here. Say first that it is good.")
        try:
            holds.refuse_if_held_for_another(copy, member)
        except holds.HeldForAnother as reason:
            raise Unfit("card", str(reason)) from None
        lent_at = begin_of(draft.lent) if draft.lent else self.now
        loan = Loan(copy=copy, member=member, lent_at=lent_at, due_at=due_at, renewals=draft.renewals)
        self.loans[copy.pk] = loan
        self.created.append(loan)
        return Fate.CREATED

    def _prolong(self, loan: Loan, due_at: datetime, renewals: int) -> Fate:
        """Of two due dates the later is good: one that was renewed here stays so when the list comes again."""
        if due_at <= loan.due_at and renewals <= loan.renewals:
            return Fate.UNCHANGED
        loan.due_at, loan.renewals = max(due_at, loan.due_at), max(renewals, loan.renewals)
        if loan.pk:  # one that this batch makes is written as it is now
            self.changed[loan.pk] = loan
        return Fate.UPDATED

    def save(self) -> Iterator[Note]:
        waits = self._end_holds()
        Loan.objects.bulk_create(self.created)
        Copy.objects.filter(pk__in=[loan.copy_id for loan in self.created]).update(state=State.ON_LOAN)
        if self.changed:
            Loan.objects.bulk_update(self.changed.values(), ["due_at", "renewals"], batch_size=100)
        return chain(self._notes(), waits)

    def _end_holds(self) -> list[Note]:
        """Of those who have now what they waited for; few have, so one by one."""
        copies, members = ({getattr(loan, name) for loan in self.created} for name in ("copy_id", "member_id"))
        active = Hold.objects.active().filter(book__copies__in=copies, member__in=members)
        wait = set(active.values_list("book", "member"))
        over = [loan for loan in self.created if (loan.copy.book_id, loan.member_id) in wait]
        return [note for loan in over if loan.member for note in holds.claim(loan.copy, loan.member)]

    def _notes(self) -> Iterator[Note]:
        copies = {copy.pk: copy for copy in self.copies.values()}
        for type, loans in (("loan.opened", self.created), ("loan.renewed", self.changed.values())):
            for loan in loans:
                copy = copies[loan.copy_id]
                yield Note(type, copy.audience(), book=copy.book_id, copy=copy.pk, member=loan.member_id)

    def written(self) -> Written:
        return Written()

    @staticmethod
    def undone(removed: Sequence[Model], restored: Sequence[Model]) -> Iterator[Note]:
        return iter(())

    def rehearse(self, rehearsal: Rehearsal) -> None:
        for loan in [*self.created, *self.changed.values()]:
            fields = {"member": loan.member_id, "due_at": loan.due_at.isoformat(), "renewals": loan.renewals}
            rehearsal.keep(loan.copy_id, [str(loan.copy_id)], fields)


def _rehearsed(copy: int, member: int, due_at: str, renewals: int) -> Loan:
    # Any number but none: it is written as one that is there.
    return Loan(pk=-copy, copy_id=copy, member_id=member, due_at=datetime.fromisoformat(due_at), renewals=renewals)
