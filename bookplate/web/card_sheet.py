"""Library cards as a PDF, to print and cut out."""

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from bookplate.people import cards
from bookplate.people.models import Member
from bookplate.web import pages
from bookplate.web.forms import MembersForm
from bookplate.web.members import wanted
from bookplate.web.rights import SignedInRequest, for_keepers_of_members

AT_MOST = 500
LONGEST_ID = 19


@for_keepers_of_members
@require_safe
def card_sheet(request: SignedInRequest) -> HttpResponse:
    """The cards `?members=1,2,…`, else those that the same address finds at the desk; the first 500 by name."""
    chosen = _chosen(request)
    if not chosen:
        return pages.refused(request, "There is no such card to print. Find some first.", "web:members")
    headers = {"Content-Disposition": 'attachment; filename="library-cards.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(cards.sheet(chosen, settings.LIBRARY_NAME), content_type="application/pdf", headers=headers)


def _chosen(request: SignedInRequest) -> list[Member]:
    if (numbers := request.GET.get("members")) is not None:
        ids = [int(number) for number in numbers.split(",")[:AT_MOST] if _is_id(number)]
        return list(Member.objects.visible_to(request.user).filter(pk__in=ids))
    form = MembersForm(request.GET)
    return list(wanted(request, form)[:AT_MOST]) if form.is_valid() else []


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < LONGEST_ID
