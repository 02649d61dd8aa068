"""What the signed-in person has borrowed and waits for."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from bookplate.core.errors import Refusal
from bookplate.feed import reading
from bookplate.lending import checkout
from bookplate.lending.models import Hold, Loan, LoanQuerySet
from bookplate.people.models import Member
from bookplate.web import pages
from bookplate.web.rights import SignedInRequest, for_people
from bookplate.web.templatetags.bookplate import day


@for_people
def my_loans(request: SignedInRequest) -> HttpResponse:
    since = reading.latest()
    part = "_my_loans.html" if pages.part_wanted(request) == "my-loans" else "my_loans.html"
    mine = Hold.objects.visible_to(request.user).filter(member__user=request.user).told_of(timezone.now())
    context = {"loans": _own(request).order_by("due_at", "id"), "holds": mine.with_copy().with_place(), "since": since}
    return pages.show(request, part, context | {"member": Member.objects.filter(user=request.user).first()})


@for_people
@require_POST
def renew(request: SignedInRequest, number: int) -> HttpResponse:
    loan = get_object_or_404(_own(request), pk=number)
    try:
        loan = checkout.renew(loan)
    except Refusal as reason:
        return pages.refused(request, reason, "web:my-loans")
    return pages.done(request, f"“{loan.copy.book.title}” is yours until {day(loan.due_at)}.", "web:my-loans")


def _own(request: SignedInRequest) -> LoanQuerySet:
    return Loan.objects.visible_to(request.user).open().with_copy().filter(member__user=request.user)
