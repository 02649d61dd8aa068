"""The audit, for admins: who did what to whom, when and from where."""

from typing import Any

from django.http import HttpResponse

from bookplate.catalog import paging
from bookplate.core.errors import Invalid
from bookplate.core.models import Event
from bookplate.feed import audit as records
from bookplate.web import pages
from bookplate.web.forms import AuditForm
from bookplate.web.rights import Request, for_admins

AT_ONCE = 100


@for_admins
def audit(request: Request) -> HttpResponse:
    form = AuditForm(request.GET)
    page = _page(form.cleaned_data if form.is_valid() else {}, request.GET.get("after", ""))
    context = {"form": form, "lines": records.lines(page.items), "next": page.next}
    return pages.show(request, "audit.html", context)


def _page(wanted: dict[str, Any], after: str) -> paging.Page[Event]:
    found = records.find(records.Wanted(**wanted))
    try:
        return paging.page(found, "-id", after, AT_ONCE)
    except Invalid:
        return paging.page(found, "-id", "", AT_ONCE)
