"""The catalogue: every edition, found by words, in pages that go on from where the last one ended."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django_htmx.http import push_url, replace_url

from bookplate.catalog import listing, paging
from bookplate.catalog.filters import Filters
from bookplate.catalog.models import Book
from bookplate.catalog.paging import Place
from bookplate.core.errors import Invalid
from bookplate.feed import reading
from bookplate.web import pages
from bookplate.web.forms import FindForm
from bookplate.web.rights import Request, for_readers

AT_ONCE = 48
LONGEST_ID = 19
PARTS = {"results": "_results.html", "more": "_more.html"}


@for_readers
def catalogue(request: Request) -> HttpResponse:
    since, form = reading.latest(), FindForm(request.GET)
    wanted = form.wanted()
    part = PARTS.get(pages.part_wanted(request), "catalogue.html")
    context = {"form": form, "wanted": wanted, "page": _page(request, wanted), "since": since, "at_once": AT_ONCE}
    response = pages.show(request, part, context | {"after": request.GET.get("after", "")})
    return _with_address(request, response, wanted)


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


def _page(request: Request, wanted: dict[str, Any]) -> paging.Page[Book]:
    filters = Filters(search=wanted.get("search", ""), available=wanted.get("available"))
    usual = "" if filters.search else "title"
    ordering = listing.order(wanted.get("ordering", usual), filters)
    try:
        return listing.page(filters, request.user, Place(ordering, request.GET.get("after", ""), AT_ONCE))[0]
    except Invalid:
        return listing.page(filters, request.user, Place(ordering, "", AT_ONCE))[0]


def _with_address(request: Request, response: HttpResponse, wanted: dict[str, Any]) -> HttpResponse:
    """The first letters typed are a step that "back" undoes; those that follow belong to the same step."""
    if pages.part_wanted(request) != "results" or request.htmx.trigger != "finder":
        return response
    address = reverse("web:catalogue") + ("?" + urlencode(wanted) if wanted else "")
    searched_before = "?" in (request.htmx.current_url_abs_path or "")
    return replace_url(response, address) if searched_before else push_url(response, address)
