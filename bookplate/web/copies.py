"""Copies of a book: adding, editing and removing them."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from bookplate.catalog import copies, rights
from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.core.errors import Refusal
from bookplate.web import pages
from bookplate.web.forms import CopyForm
from bookplate.web.rights import Request, SignedInRequest, for_librarians, for_people


@for_librarians
def add(request: Request, number: int) -> HttpResponse:
    book = get_object_or_404(Book, pk=number)
    form = CopyForm(pages.sent(request), instance=Copy(book=book))
    if request.method == "POST" and form.is_valid():
        added = pages.saved(form, lambda: copies.add(book, **form.cleaned_data))
        if added:
            return pages.done(request, f"Copy {added.barcode} is in the library now.", "web:book", number)
    return _form(request, form, "Add a copy", book)


@for_people
def add_own(request: SignedInRequest, number: int) -> HttpResponse:
    book = get_object_or_404(Book, pk=number)
    blank = Copy(book=book, owner=request.user, visibility=Visibility.FRIENDS)
    form = CopyForm(pages.sent(request), instance=blank)
    if request.method == "POST" and form.is_valid():
        added = pages.saved(form, lambda: copies.add_own(book, request.user, **form.cleaned_data))
        if added:
            return pages.done(request, f"Copy {added.barcode} is on your shelf now.", "web:book", number)
    return _form(request, form, "I have this book too", book)


@for_people
def edit(request: Request, number: int) -> HttpResponse:
    copy = _copy(request, number)
    form = CopyForm(pages.sent(request), instance=copy)
    if request.method == "POST" and form.is_valid():
        changed = pages.saved(form, lambda: copies.change(copy, **form.cleaned_data))
        if changed:
            return pages.done(request, f"Copy {changed.barcode} was changed.", "web:book", changed.book_id)
    return _form(request, form, "Edit this copy", copy.book)


@for_people
def remove(request: Request, number: int) -> HttpResponse:
    copy = _copy(request, number)
    if request.method != "POST":
        back = reverse("web:book", args=[copy.book_id])
        title = f"{copy.barcode}, {copy.book.title}"
        return pages.show(request, "remove.html", {"title": title, "what": "copy", "back": back})
    try:
        copies.remove(copy)
    except Refusal as reason:
        return pages.refused(request, reason, "web:book", copy.book_id)
    return pages.done(request, f"Copy {copy.barcode} was removed.", "web:book", copy.book_id)


def _copy(request: Request, number: int) -> Copy:
    copy = get_object_or_404(Copy.objects.visible_to(request.user).select_related("book"), pk=number)
    if not rights.may_change(request.user, copy):
        raise PermissionDenied
    return copy


def _form(request: Request, form: CopyForm, heading: str, book: Book) -> HttpResponse:
    context = {"form": form, "heading": heading, "about": book, "back": reverse("web:book", args=[book.pk])}
    return pages.show(request, "form.html", context, status=400 if form.errors else 200)
