"""The desk: one line to type or scan into. A card chooses a member, a book is lent to them or taken back.

Nothing is kept here between two entries: the chosen member's card travels in the form.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from bookplate.catalog.models import Copy
from bookplate.core.errors import Refusal
from bookplate.lending import checkout, finding, holds
from bookplate.lending.checkout import NotOnLoan
from bookplate.lending.holds import NobodyWaits
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.lending.policy import CopyOnLoan
from bookplate.people.models import Member
from bookplate.web import pages
from bookplate.web.forms import DeskForm, UndoForm
from bookplate.web.rights import SignedInRequest, for_desk

MATCHES_SHOWN = 10


@dataclass(frozen=True)
class Line:
    """One line of what was done at this desk."""

    kind: str
    """`lent`, `returned`, `held`, `undone`, `refused` or `note`."""
    words: str = ""
    loan: Loan | None = None
    hold: Hold | None = None


@for_desk
def desk(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return _answer(request, None)
    form = DeskForm(request.POST)
    if not form.is_valid():
        return _answer(request, None, Line("refused", "No label looks like that. Scan it again."))
    return _enter(request, form.cleaned_data["entry"], _member(request, form.cleaned_data["card"]))


@for_desk
@require_POST
def undo(request: SignedInRequest) -> HttpResponse:
    form = UndoForm(request.POST)
    was, number = (form.cleaned_data["was"], form.cleaned_data["loan"]) if form.is_valid() else ("", 0)
    member = _member(request, form.cleaned_data.get("card", ""))
    loan = Loan.objects.visible_to(request.user).with_copy().filter(pk=number).first()
    if loan is None:
        return _answer(request, member, Line("refused", "This was undone already."))
    try:
        return _answer(request, member, _undo(loan, was), undone=f"{was}-{number}")
    except Refusal as reason:
        return _answer(request, member, Line("refused", str(reason)))


def _enter(request: SignedInRequest, entry: str, member: Member | None) -> HttpResponse:
    if not entry:
        return _answer(request, None)
    if chosen := _member(request, entry):
        return _answer(request, chosen)
    if copy := _copy(request, entry):
        return _lend_or_take_back(request, copy, member)
    return _find(request, entry, member)


def _lend_or_take_back(request: SignedInRequest, copy: Copy, member: Member | None) -> HttpResponse:
    try:
        return _answer(request, member, _lend(request, copy, member) if member else _take_back(copy))
    except CopyOnLoan as reason:
        words = f"{reason} Press Escape, then scan it once more."
        return _answer(request, member, Line("refused", words))
    except Refusal as reason:
        return _answer(request, member, Line("refused", str(reason)))


def _lend(request: SignedInRequest, copy: Copy, member: Member) -> Line:
    return Line("lent", loan=checkout.check_out(copy, member, by=request.user))


def _take_back(copy: Copy) -> Line:
    """What was not out was taken from its shelf, for somebody who waits for it."""
    try:
        loan = checkout.take_back(copy)
    except NotOnLoan as reason:
        return Line("held", hold=_set_aside(copy, reason))
    return Line("returned", loan=loan, hold=checkout.held_for(loan.copy))


def _set_aside(copy: Copy, reason: NotOnLoan) -> Hold:
    try:
        return holds.set_aside(copy)
    except NobodyWaits:
        raise reason from None


def _undo(loan: Loan, was: str) -> Line:
    if was == "lent":
        checkout.undo_check_out(loan)
        return Line("undone", f"“{loan.copy.book.title}” was not lent to {loan.member} after all.")
    checkout.undo_return(loan)
    return Line("undone", f"“{loan.copy.book.title}” is with {loan.member} again.")


def _find(request: SignedInRequest, entry: str, member: Member | None) -> HttpResponse:
    found = list(Member.objects.visible_to(request.user).matching(entry)[: MATCHES_SHOWN + 1])
    if not found:
        words = f"“{entry}” is no card, no barcode and nobody's name. Check it, or scan it again."
        return _answer(request, member, Line("refused", words))
    return _answer(request, member, matches=found[:MATCHES_SHOWN], more=len(found) > MATCHES_SHOWN, entry=entry)


def _answer(request: SignedInRequest, member: Member | None, line: Line | None = None, **more: Any) -> HttpResponse:
    loans = Loan.objects.visible_to(request.user).open().with_copy().order_by("-lent_at", "-id")
    ready = Hold.objects.visible_to(request.user).filter(state=HoldState.READY).with_copy().order_by("ready_until")
    context = {"member": member, "loans": loans.filter(member=member) if member else [], "line": line, **more}
    context["ready"] = ready.filter(member=member) if member else []
    return pages.show(request, "_desk_answer.html" if request.htmx else "desk.html", context)


def _member(request: SignedInRequest, card: str) -> Member | None:
    return finding.member_of(card, request.user) if card else None


def _copy(request: SignedInRequest, barcode: str) -> Copy | None:
    return finding.copy_of(barcode, request.user)
