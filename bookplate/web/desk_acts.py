"""The buttons of the desk: undo, renew, reserve, and what became of a copy. Each is answered as an entry is."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from bookplate.catalog.models import Book
from bookplate.core.errors import Refusal
from bookplate.lending import checkout, conditions, holds
from bookplate.lending.conditions import Condition, word_on_waiting
from bookplate.lending.models import Hold, Loan
from bookplate.lending.rights import may_set_condition
from bookplate.web.desk import Line, answer, copy_of, member_of
from bookplate.web.forms import DeskConditionForm, DeskRenewForm, DeskReserveForm, UndoForm
from bookplate.web.rights import SignedInRequest, for_desk
from bookplate.web.templatetags.bookplate import day

GONE = Line("refused", "This is gone meanwhile. Scan the card or the book again.")


@for_desk
@require_POST
def undo(request: SignedInRequest) -> HttpResponse:
    form = UndoForm(request.POST)
    was, number = (form.cleaned_data["was"], form.cleaned_data["loan"]) if form.is_valid() else ("", 0)
    member = member_of(request, form.cleaned_data.get("card", ""))
    loan = _loan(request, number)
    if loan is None:
        return answer(request, member, Line("refused", "This was undone already."))
    try:
        return answer(request, member, _undo(loan, was), undone=f"{was}-{number}")
    except Refusal as reason:
        return answer(request, member, Line("refused", str(reason)))


def _undo(loan: Loan, was: str) -> Line:
    if was == "lent":
        checkout.undo_check_out(loan)
        return Line("undone", f"“{loan.copy.book.title}” was not lent to {loan.member} after all.")
    checkout.undo_return(loan)
    return Line("undone", f"“{loan.copy.book.title}” is with {loan.member} again.")


@for_desk
@require_POST
def renew(request: SignedInRequest) -> HttpResponse:
    form = DeskRenewForm(request.POST)
    loan = _loan(request, form.cleaned_data["loan"]) if form.is_valid() else None
    member = member_of(request, form.cleaned_data.get("card", ""))
    return answer(request, member, _renewed(loan) if loan else GONE)


def _renewed(loan: Loan) -> Line:
    try:
        loan = checkout.renew(loan)
    except Refusal as reason:
        return Line("refused", str(reason))
    return Line("note", f"“{loan.copy.book.title}” is renewed for {loan.member}, due on {day(loan.due_at)}.")


@for_desk
@require_POST
def reserve(request: SignedInRequest) -> HttpResponse:
    """Put the chosen member in the queue for a book."""
    form = DeskReserveForm(request.POST)
    book = Book.objects.filter(pk=form.cleaned_data["book"]).first() if form.is_valid() else None
    member = member_of(request, form.cleaned_data.get("card", ""))
    if book is None or member is None:
        return answer(request, member, GONE)
    try:
        placed = Hold.objects.with_place().get(pk=holds.place(book, member, by=request.user).pk)
    except Refusal as reason:
        return answer(request, member, Line("refused", str(reason)))
    words = f"“{book.title}” is reserved for {member}, number {placed.place} in line."
    return answer(request, member, Line("note", words))


@for_desk
@require_POST
def condition(request: SignedInRequest) -> HttpResponse:
    """Say that a copy is lost, damaged or good again: the one at hand, or one that the chosen member has."""
    form = DeskConditionForm(request.POST)
    copy = copy_of(request, form.cleaned_data["copy"]) if form.is_valid() else None
    member = member_of(request, form.cleaned_data.get("card", ""))
    if copy is None:
        return answer(request, member, GONE)
    wanted = Condition(form.cleaned_data["condition"])
    if not may_set_condition(request.user, copy, wanted):
        return answer(request, member, Line("refused", "Only its owner or a librarian may say this of it."))
    try:
        copy = conditions.set_condition(copy, wanted)
    except Refusal as reason:
        return answer(request, member, Line("refused", str(reason)))
    words = (
        f"“{copy.book.title}” ({copy.barcode}) is {copy.get_state_display().lower()}. {word_on_waiting(copy)}".rstrip()
    )
    return answer(request, member, Line("note", words, hold=checkout.held_for(copy)), copy=None if member else copy)


def _loan(request: SignedInRequest, number: int) -> Loan | None:
    return Loan.objects.visible_to(request.user).with_copy().filter(pk=number).first()
