"""One's own shelf: my books and my group's, who has them, who asks for them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from bookplate.catalog.models import Copy
from bookplate.core.errors import Refusal
from bookplate.feed import reading
from bookplate.lending import checkout, requests
from bookplate.lending.models import Hold, Loan
from bookplate.lending.rights import may_answer, may_give_back, may_hand_over
from bookplate.web import pages
from bookplate.web.hold_forms import AnswerForm
from bookplate.web.rights import SignedInRequest, for_people

SHOWN = 500


@for_people
def shelf(request: SignedInRequest) -> HttpResponse:
    since = reading.latest()
    part = "_shelf.html" if pages.part_wanted(request) == "shelf" else "shelf.html"
    return pages.show(request, part, _shelf(request) | {"since": since})


def _shelf(request: SignedInRequest) -> dict[str, Any]:
    user = request.user
    asks = Hold.objects.visible_to(user).asking(user).active().with_copy().order_by("state", "rank", "id")
    open_loans = Prefetch("loans", Loan.objects.open().select_related("member"), to_attr="open_loans")
    theirs = Copy.objects.visible_to(user).filter(Q(owner=user) | Q(owner_group=user.group_id))
    copies = theirs.select_related("book", "owner_group").prefetch_related(open_loans)
    return {"asks": asks[:SHOWN], "copies": copies.order_by("book__title_key", "id")[:SHOWN], "shown": SHOWN}


@for_people
@require_POST
def answer(request: SignedInRequest, number: int) -> HttpResponse:
    hold, form = _hold(request, number), AnswerForm(request.POST)
    if not may_answer(request.user, hold):
        raise PermissionDenied
    if not form.is_valid():
        return pages.refused(request, "Say yes or no, in 300 characters at most.", "web:shelf")
    yes = form.cleaned_data["do"] == "accept"
    try:
        (requests.accept if yes else requests.refuse)(hold, form.cleaned_data["answer"])
    except Refusal as reason:
        return pages.refused(request, reason, "web:shelf")
    kept = f"“{hold.book.title}” is kept for {hold.member}. Say so here when you have handed it over."
    return pages.done(request, kept if yes else f"{hold.member} learns that it cannot be.", "web:shelf")


@for_people
@require_POST
def hand_over(request: SignedInRequest, number: int) -> HttpResponse:
    hold = _hold(request, number)
    if not may_hand_over(request.user, hold):
        raise PermissionDenied
    back = "web:my-loans" if hold.member.user_id == request.user.pk else "web:shelf"
    try:
        checkout.hand_over(hold, by=request.user)
    except Refusal as reason:
        return pages.refused(request, reason, back)
    return pages.done(request, f"“{hold.book.title}” is with {hold.member} now.", back)


@for_people
@require_POST
def give_back(request: SignedInRequest, number: int) -> HttpResponse:
    loan = get_object_or_404(Loan.objects.visible_to(request.user).with_copy(), pk=number)
    if not may_give_back(request.user, loan):
        raise PermissionDenied
    checkout.give_back(loan)
    back = "web:my-loans" if loan.member and loan.member.user_id == request.user.pk else "web:shelf"
    return pages.done(request, f"“{loan.copy.book.title}” is back with its owner.", back)


def _hold(request: SignedInRequest, number: int) -> Hold:
    return get_object_or_404(Hold.objects.visible_to(request.user).with_copy(), pk=number)
