"""The lists for the day, for the desk: on a page and as a spreadsheet."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookplate.core.errors import Invalid
from bookplate.lending.lists import LISTS, DayList, Line
from bookplate.web import pages
from bookplate.web.rights import SignedInRequest, for_desk

AT_ONCE = 100


@for_desk
def day_list(request: SignedInRequest, name: str) -> HttpResponse:
    wanted = _named(name)
    lines, after = _page(request, wanted)
    context = {"list": wanted, "lists": LISTS.values(), "lines": lines, "next": after}
    return pages.show(request, "day_list.html", context)


def _page(request: SignedInRequest, wanted: DayList) -> tuple[list[Line], str]:
    try:
        return wanted.page(request.user, request.GET.get("after", ""), AT_ONCE)
    except Invalid:
        return wanted.page(request.user, "", AT_ONCE)


@for_desk
@require_safe
def as_csv(request: SignedInRequest, name: str) -> HttpResponseBase:
    content = _named(name).as_csv(request.user)
    return pages.download(content, f"{name}-{timezone.localdate().isoformat()}.csv")


def _named(name: str) -> DayList:
    if name not in LISTS:
        raise Http404
    return LISTS[name]
