"""The desk: one line to type or scan into. A card chooses a member, a book is lent to them or taken back.

Nothing is kept here between two entries: the chosen member's card travels in the form. The buttons below the line
are in `desk_acts`.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from bookplate.catalog import listing
from bookplate.catalog.filters import Filters
from bookplate.catalog.models import Book, Copy
from bookplate.catalog.paging import Place
from bookplate.core.errors import Refusal
from bookplate.lending import checkout, conditions, finding, holds
from bookplate.lending.checkout import NotOnLoan
from bookplate.lending.conditions import Condition
from bookplate.lending.holds import NobodyWaits
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.lending.policy import CopyOnLoan
from bookplate.lending.rights import may_set_condition
from bookplate.people.models import Member
from bookplate.web import pages
from bookplate.web.forms import DeskForm
from bookplate.web.rights import SignedInRequest, for_desk

MATCHES_SHOWN = 10
BOOKS_SHOWN = 5
OFFERED = [Condition.GOOD, Condition.DAMAGED, Condition.LOST]


@dataclass(frozen=True)
class Line:
    """One line of what was done at this desk."""

    kind: str
    """`lent`, `returned`, `held`, `undone`, `refused`, or `note` for what its words say."""
    words: str = ""
    loan: Loan | None = None
    hold: Hold | None = None


@for_desk
def desk(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return answer(request, member_of(request, request.GET.get("card", "")))
    form = DeskForm(request.POST)
    if not form.is_valid():
        return answer(request, None, Line("refused", "No label looks like that. Scan it again."))
    return _enter(request, form.cleaned_data["entry"], form.cleaned_data["card"])


def _enter(request: SignedInRequest, entry: str, card: str) -> HttpResponse:
    if not entry:
        return answer(request, None)
    if chosen := member_of(request, entry):
        return answer(request, chosen)
    member = member_of(request, card)
    if copy := copy_of(request, entry):
        return _lend(request, copy, member) if member else _take_back(request, copy)
    return _find(request, entry, member)


def _lend(request: SignedInRequest, copy: Copy, member: Member) -> HttpResponse:
    try:
        return answer(request, member, Line("lent", loan=checkout.check_out(copy, member, by=request.user)))
    except CopyOnLoan as reason:
        return answer(request, member, Line("refused", f"{reason} Press Escape, then scan it once more."))
    except Refusal as reason:
        return answer(request, member, Line("refused", str(reason)))


def _take_back(request: SignedInRequest, copy: Copy) -> HttpResponse:
    try:
        line = _came_in(copy)
    except Refusal as reason:
        line = Line("refused", str(reason))
    return answer(request, None, line, copy=copy_of(request, copy.barcode))


def _came_in(copy: Copy) -> Line:
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


def _find(request: SignedInRequest, entry: str, member: Member | None) -> HttpResponse:
    """Members of this name; and when one is chosen, books that could be reserved for them."""
    found = list(Member.objects.visible_to(request.user).matching(entry)[: MATCHES_SHOWN + 1])
    books = _books(request, entry) if member else []
    if not found and not books:
        what = "nobody's name and no book" if member else "nobody's name"
        words = f"“{entry}” is no card, no barcode and {what}. Check it, or scan it again."
        return answer(request, member, Line("refused", words))
    more = len(found) > MATCHES_SHOWN or len(books) > BOOKS_SHOWN
    return answer(request, member, matches=found[:MATCHES_SHOWN], books=books[:BOOKS_SHOWN], more=more)


def _books(request: SignedInRequest, entry: str) -> list[Book]:
    filters = Filters(search=entry)
    first = Place(listing.order("", filters), "", BOOKS_SHOWN + 1)
    return listing.page(filters, request.user, first)[0].items


def answer(
    request: SignedInRequest,
    member: Member | None,
    line: Line | None = None,
    *,
    copy: Copy | None = None,
    **more: Any,
) -> HttpResponse:
    """The desk with this member chosen, or with the copy that was just scanned at hand; `line` is what was done."""
    loans = Loan.objects.visible_to(request.user).open().with_copy().order_by("-lent_at", "-id")
    ready = Hold.objects.visible_to(request.user).filter(state=HoldState.READY).with_copy().order_by("ready_until")
    context = {"member": member, "loans": loans.filter(member=member) if member else [], "line": line, **more}
    context["ready"] = ready.filter(member=member) if member else []
    context |= {"copy": copy, "conditions": _offered(request, copy) if copy else []}
    part = "_desk_session.html" if pages.part_wanted(request) == "member" else "_desk_answer.html"
    return pages.show(request, part if request.htmx else "desk.html", context)


def _offered(request: SignedInRequest, copy: Copy) -> list[Condition]:
    now = conditions.condition_of(copy)
    return [one for one in OFFERED if one != now and may_set_condition(request.user, copy, one)]


def member_of(request: SignedInRequest, card: str) -> Member | None:
    return finding.member_of(card, request.user) if card else None


def copy_of(request: SignedInRequest, barcode: str) -> Copy | None:
    return finding.copy_of(barcode, request.user)
