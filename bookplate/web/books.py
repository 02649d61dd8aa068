"""One book: its page, adding, editing and removing it."""

from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from bookplate.catalog import books, copies
from bookplate.catalog.duplicates import merged
from bookplate.catalog.models import Book, Copy
from bookplate.catalog.rights import may_change
from bookplate.core.errors import Refusal
from bookplate.feed import reading
from bookplate.lending.models import Loan
from bookplate.people.models import User
from bookplate.people.roles import Viewer, keeps_catalogue
from bookplate.web import pages
from bookplate.web.forms import BookForm, OwnBookForm
from bookplate.web.holds import reserving
from bookplate.web.rights import Request, SignedInRequest, for_librarians, for_people, for_readers


@for_readers
def book(request: Request, number: int) -> HttpResponse:
    since = reading.latest()
    found = Book.objects.filter(pk=number).first()
    if found is None:
        return _moved(number)
    part = "_copies.html" if pages.part_wanted(request) == "copies" else "book.html"
    return pages.show(request, part, _details(found, request.user) | {"since": since})


def _moved(number: int) -> HttpResponse:
    """To the book that it is part of now; never kept, as the merge may be undone."""
    if (now := merged.where(number)) is None:
        raise Http404
    response = redirect("web:book", now, permanent=True)
    add_never_cache_headers(response)
    return response


@for_people
def add(request: SignedInRequest) -> HttpResponse:
    """Librarians keep the catalogue; anybody else brings in what they have a copy of."""
    return _add(request) if keeps_catalogue(request.user) else _add_own(request)


def _add(request: Request) -> HttpResponse:
    form = BookForm(pages.sent(request))
    if request.method == "POST" and form.is_valid() and (added := _saved(form)):
        words = f"“{added.title}” is in the catalogue now. Add its copies, so that it can be lent."
        return pages.done(request, words, "web:book", added.pk)
    return _add_form(request, form, "Add a book")


def _add_own(request: SignedInRequest) -> HttpResponse:
    form = OwnBookForm(pages.sent(request))
    if request.method == "POST" and form.is_valid():
        edition = dict(form.cleaned_data)
        visibility = edition.pop("visibility")
        copy = pages.saved(form, lambda: copies.add_own_edition(edition, request.user, visibility))
        if copy:
            words = f"“{copy.book.title}” is in the catalogue now, and your copy of it on your shelf."
            return pages.done(request, words, "web:book", copy.book_id)
    return _add_form(request, form, "Add a book of mine")


def _add_form(request: Request, form: BookForm, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading, "back": reverse("web:catalogue")}
    context["looks_up"] = bool(settings.METADATA_SOURCES)
    return pages.show(request, "add_book.html", context, status=400 if form.errors else 200)


@for_librarians
def edit(request: Request, number: int) -> HttpResponse:
    found = get_object_or_404(Book, pk=number)
    form = BookForm(pages.sent(request), instance=found)
    if request.method == "POST" and form.is_valid() and (changed := _saved(form, found)):
        return pages.done(request, f"“{changed.title}” was changed.", "web:book", changed.pk)
    return _form(request, form, "Edit this book", reverse("web:book", args=[number]))


@for_librarians
def remove(request: Request, number: int) -> HttpResponse:
    found = get_object_or_404(Book, pk=number)
    if request.method != "POST":
        back = reverse("web:book", args=[number])
        return pages.show(request, "remove.html", {"title": found.title, "what": "book", "back": back})
    try:
        books.remove(found)
    except Refusal as reason:
        return pages.refused(request, reason, "web:book", number)
    return pages.done(request, f"“{found.title}” was removed from the catalogue.", "web:catalogue")


def _form(request: Request, form: BookForm, heading: str, back: str) -> HttpResponse:
    status = 400 if form.errors else 200
    return pages.show(request, "form.html", {"form": form, "heading": heading, "back": back}, status=status)


def _saved(form: BookForm, found: Book | None = None) -> Book | None:
    values = form.cleaned_data
    return pages.saved(form, lambda: books.change(found, **values) if found else books.add(**values))


def _details(found: Book, viewer: Viewer) -> dict[str, Any]:
    shown = list(_copies(found, viewer))
    owners = [copy.owner_id for copy in shown if copy.owner_id]
    known = User.objects.visible_to(viewer).filter(pk__in=owners).values_list("pk", flat=True)
    changeable = {copy.pk for copy in shown if may_change(viewer, copy)}
    of_copies = {"copies": shown, "known_owners": set(known), "changeable": changeable}
    return {"book": found} | of_copies | reserving(found, shown, viewer)


def _copies(found: Book, viewer: Viewer) -> QuerySet[Copy]:
    """When each is due back is told to whoever sees the copy; who has it only to whom lending shows the loan."""
    due = Prefetch("loans", Loan.objects.open(), to_attr="open_loans")
    shown = Loan.objects.visible_to(viewer).open().select_related("member")
    visible = Copy.objects.visible_to(viewer).filter(book=found).select_related("owner", "owner_group")
    return visible.order_by("id").prefetch_related(due, Prefetch("loans", shown, to_attr="loans_shown"))
