"""What others know of the book that somebody is about to add."""

from itertools import groupby

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from bookplate.catalog import isbn
from bookplate.catalog.duplicates import merged
from bookplate.catalog.metadata import lookups, sources
from bookplate.catalog.metadata.answers import Finding
from bookplate.catalog.models import Book
from bookplate.core.errors import Refusal
from bookplate.web import pages
from bookplate.web.rights import SignedInRequest, for_people


@for_people
@require_safe
def look_up(request: SignedInRequest) -> HttpResponse:
    """A part of the form: what to fill in where nothing was typed, or why there is nothing."""
    try:
        number = isbn.normalise(request.GET.get("isbn", ""))
        if number is None:
            return _say(request, problem="Type or scan the ISBN first.")
        if here := Book.objects.filter(isbn=number).first() or merged.by_isbn(number):
            return _say(request, here=here)
        found = lookups.look_up(number, lookups.held(request))
    except lookups.Waits:
        return HttpResponse(status=204)  # nobody sees it: the server asks anew
    except (isbn.BadISBN, Refusal) as reason:
        return _say(request, problem=reason)
    return _say(request, found=found, told=_by_source(found))


def _say(request: SignedInRequest, **context: object) -> HttpResponse:
    return pages.show(request, "_look_up.html", context)


def _by_source(found: Finding) -> list[tuple[str, list[str]]]:
    """Who told what, in the words of the form."""
    told = sorted(found.values.items(), key=lambda item: item[1].source)
    return [
        (sources.label(source), [str(Book._meta.get_field(name).verbose_name) for name, _ in items])  # type: ignore[union-attr]
        for source, items in groupby(told, key=lambda item: item[1].source)
    ]
