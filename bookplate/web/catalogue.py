"""The catalogue: every edition, found by words, in pages that go on from where the last one ended."""

from typing import Any

from django.http import HttpResponse
from django_htmx.http import push_url, replace_url

from bookplate.catalog import listing
from bookplate.catalog.models import Book
from bookplate.catalog.paging import Place
from bookplate.catalog.search import facets
from bookplate.catalog.search import suggestions as suggesting
from bookplate.core.errors import Invalid
from bookplate.feed import reading
from bookplate.web import exports, narrowing, pages
from bookplate.web.forms import FindForm
from bookplate.web.rights import Request, for_readers

AT_ONCE = 48
LONGEST_ID = 19
PARTS = {"results": "_results.html", "more": "_more.html", "facets": "_facets.html"}


@for_readers
def catalogue(request: Request) -> HttpResponse:
    since, form = reading.latest(), FindForm(request.GET)
    wanted, part = form.wanted(), pages.part_wanted(request)
    context = {"form": form, "wanted": wanted, "since": since, "at_once": AT_ONCE, "chosen": narrowing.chosen(wanted)}
    if part != "facets":
        context |= {"exports": exports.links(wanted)}
        context |= _found(request, wanted)
    # Of all books they are counted only when somebody wants to see them.
    if part == "facets" or (part != "more" and form.looks_for_something):
        context |= _counted(request, wanted)
    response = pages.show(request, PARTS.get(part, "catalogue.html"), context)
    return _with_address(request, response, wanted)


@for_readers
def suggestions(request: Request) -> HttpResponse:
    """What the search may become, as the options of a list."""
    found = suggesting.of(request.GET.get("search", ""))
    return pages.show(request, "_suggestions.html", {"suggestions": found})


@for_readers
def cards(request: Request) -> HttpResponse:
    """The books `?books=1,2,…` as they stand in the catalogue, for a page that is open while they change.

    All in one answer, however many change at once; those that are gone say so.
    """
    wanted = [int(number) for number in request.GET.get("books", "").split(",")[:AT_ONCE] if _is_id(number)]
    found = list(listing.with_availability(Book.objects.filter(pk__in=wanted), request.user))
    gone = set(wanted) - {book.pk for book in found}
    return pages.show(request, "_cards.html", {"books": found, "gone": sorted(gone)})


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < LONGEST_ID


def _found(request: Request, wanted: dict[str, Any]) -> dict[str, Any]:
    filters, after = narrowing.filters(wanted), request.GET.get("after", "")
    ordering = listing.order(wanted.get("ordering", "" if filters.search.strip() else "title"), filters)
    try:
        page, searched_for = listing.page(filters, request.user, Place(ordering, after, AT_ONCE))
    except Invalid:
        page, searched_for = listing.page(filters, request.user, Place(ordering, "", AT_ONCE))
    as_typed = narrowing.address({**wanted, "exact": "true"})
    return {"page": page, "after": after, "searched_for": searched_for, "as_typed": as_typed}


def _counted(request: Request, wanted: dict[str, Any]) -> dict[str, Any]:
    counts = facets.of(narrowing.filters(wanted), request.user)
    return {"counts": counts, "facets": narrowing.facets(counts, wanted)}


def _with_address(request: Request, response: HttpResponse, wanted: dict[str, Any]) -> HttpResponse:
    """The first letters typed are a step that "back" undoes; those that follow belong to the same step."""
    if pages.part_wanted(request) != "results" or request.htmx.trigger != "finder":
        return response
    searched_before = "?" in (request.htmx.current_url_abs_path or "")
    change = replace_url if searched_before else push_url
    return change(response, narrowing.address(wanted))
