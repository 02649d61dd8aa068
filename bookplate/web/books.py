"""One book: its page, adding, editing and removing it."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from bookplate.catalog import books
from bookplate.catalog.models import Book, Copy
from bookplate.catalog.rights import may_change
from bookplate.core.errors import Refusal
from bookplate.feed import reading
from bookplate.lending.models import Loan
from bookplate.people.models import User
from bookplate.people.roles import Viewer
from bookplate.web import pages
from bookplate.web.forms import BookForm
from bookplate.web.rights import Request, for_librarians, for_readers


@for_readers
def book(request: Request, number: int) -> HttpResponse:
    since = reading.latest()
    found = get_object_or_404(Book, pk=number)
    part = "_copies.html" if pages.part_wanted(request) == "copies" else "book.html"
    return pages.show(request, part, _details(found, request.user) | {"since": since})


@for_librarians
def add(request: Request) -> HttpResponse:
    form = BookForm(pages.sent(request))
    if request.method == "POST" and form.is_valid() and (added := _saved(form)):
        words = f"“{added.title}” is in the catalogue now. Add its copies, so that it can be lent."
        return pages.done(request, words, "web:book", added.pk)
    return _form(request, form, "Add a book", reverse("web:catalogue"))


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
    copies = list(_copies(found, viewer))
    owners = [copy.owner_id for copy in copies if copy.owner_id]
    known = User.objects.visible_to(viewer).filter(pk__in=owners).values_list("pk", flat=True)
    changeable = {copy.pk for copy in copies if may_change(viewer, copy)}
    return {"book": found, "copies": copies, "known_owners": set(known), "changeable": changeable}


def _copies(found: Book, viewer: Viewer) -> QuerySet[Copy]:
    """When each is due back is told to whoever sees the copy; who has it only to whom lending shows the loan."""
    due = Prefetch("loans", Loan.objects.open(), to_attr="open_loans")
    shown = Loan.objects.visible_to(viewer).open().select_related("member")
    copies = Copy.objects.visible_to(viewer).filter(book=found).select_related("owner", "owner_group")
    return copies.order_by("id").prefetch_related(due, Prefetch("loans", shown, to_attr="loans_shown"))
