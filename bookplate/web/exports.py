"""The books of the catalogue as a file: all, or those that are found."""

from typing import Any

from django.http import FileResponse, Http404, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from bookplate.catalog.exporting import spooling
from bookplate.catalog.exporting.entries import Selection
from bookplate.catalog.exporting.formats import FORMATS
from bookplate.core.errors import Refusal
from bookplate.web import narrowing, pages
from bookplate.web.forms import FindForm
from bookplate.web.rights import Request, for_readers


@for_readers
@require_safe
def export(request: Request, kind: str) -> HttpResponseBase:
    if kind not in FORMATS:
        raise Http404
    form, wanted = FORMATS[kind], FindForm(request.GET).wanted()
    selection = Selection(narrowing.filters(wanted), request.user)
    try:
        file = spooling.spooled(form, selection)
    except Refusal as reason:
        return pages.refused(request, reason, "web:catalogue")
    headers = {"Cache-Control": "no-store"}
    return FileResponse(
        file, as_attachment=True, filename=spooling.name_of(form), content_type=form.content_type, headers=headers
    )


def links(wanted: dict[str, Any]) -> list[tuple[str, str]]:
    """What each format is called, and the address of the books that are shown as such a file."""
    query = urlencode({name: value for name, value in wanted.items() if name != "ordering"})
    return [
        (form.label, reverse("web:export", args=[name]) + (f"?{query}" if query else ""))
        for name, form in FORMATS.items()
    ]
