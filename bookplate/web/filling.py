"""Filling in what the catalogue's books lack: beginning a round, how far it is, cancelling it."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from bookplate.catalog.metadata import filling, sources
from bookplate.catalog.metadata.models import Filling
from bookplate.core.errors import Refusal
from bookplate.web import pages
from bookplate.web.rights import SignedInRequest, for_librarians

LISTED = 20


@for_librarians
def fillings(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return _begin(request)
    rounds = list(Filling.objects.select_related("by")[:LISTED])
    context: dict[str, Any] = {"running": next((one for one in rounds if not one.is_over), None)}
    if pages.part_wanted(request) == "filling":
        return pages.show(request, "_filling.html", context | {"last": rounds[0] if rounds else None})
    context |= {"rounds": [one for one in rounds if one.is_over], "lacking": filling.lacking().count()}
    asked = [source.label for source in sources.enabled()]
    return pages.show(request, "fillings.html", context | {"asked": asked, "pause": settings.METADATA_PAUSE})


def _begin(request: SignedInRequest) -> HttpResponse:
    try:
        filling.begin(request.user)
    except Refusal as reason:
        return pages.refused(request, reason, "web:fillings")
    return pages.done(request, "The round has begun. You may close this page meanwhile.", "web:fillings")


@for_librarians
@require_POST
def cancel(request: SignedInRequest, number: int) -> HttpResponse:
    filling.cancel(get_object_or_404(Filling, pk=number))
    return pages.done(request, "The round is cancelled. What was filled in stays.", "web:fillings")
