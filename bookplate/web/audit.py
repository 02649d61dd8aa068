"""The audit, for admins: who did what to whom, when and from where."""

from django.http import HttpResponse

from bookplate.feed import audit as records
from bookplate.web import pages
from bookplate.web.forms import AuditForm
from bookplate.web.rights import Request, for_admins

AT_ONCE = 100


@for_admins
def audit(request: Request) -> HttpResponse:
    form = AuditForm(request.GET)
    wanted = records.Wanted(**(form.cleaned_data if form.is_valid() else {}))
    page = pages.listed(request, records.find(wanted), "-id", AT_ONCE)
    context = {"form": form, "lines": records.lines(page.items), "next": page.next}
    return pages.show(request, "audit.html", context)
