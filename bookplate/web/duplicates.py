"""Books that are there twice: the pairs, two side by side, what was merged."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from bookplate.catalog.duplicates import dismissals, finding
from bookplate.catalog.duplicates import merged as merged_books
from bookplate.catalog.duplicates.finding import Pair
from bookplate.catalog.duplicates.models import Dismissal, Merge
from bookplate.catalog.models import Book
from bookplate.core.errors import Invalid, Refusal
from bookplate.lending import merging, unmerging
from bookplate.web import pages
from bookplate.web.rights import Request, SignedInRequest, for_librarians

AT_ONCE = 20
FIRST, SECOND = "first", "second"
NOTHING = "nothing"


class MergeForm(forms.Form):
    """Whose value stays, for each field in which the two differ, and whose address."""

    def __init__(self, *args: Any, pair: Pair, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in pair.differing:
            field = Book._meta.get_field(name)
            self.fields[name] = _choice(str(getattr(field, "verbose_name", name)).capitalize(), pair, name)
        self.fields["keep"] = _choice("The address that stays", pair, "pk")

    def chosen(self, keep: str) -> dict[str, Any]:
        return {name: "keep" if side == keep else "merged" for name, side in self.cleaned_data.items()}


def _choice(label: str, pair: Pair, name: str) -> forms.ChoiceField:
    first, second = (getattr(book, name) for book in (pair.first, pair.second))
    shown = [_shown(name, first), _shown(name, second)]
    usual = SECOND if first in ("", None) else FIRST
    choices = list(zip((FIRST, SECOND), shown, strict=True))
    return forms.ChoiceField(label=label, choices=choices, initial=usual, widget=forms.RadioSelect)


def _shown(name: str, value: Any) -> str:
    if name == "pk":
        return reverse("web:book", args=[value])
    return NOTHING if value in ("", None) else str(value)


@for_librarians
def duplicates(request: SignedInRequest) -> HttpResponse:
    maybe = "maybe" in request.GET
    try:
        found = finding.page(request.user, request.GET.get("after", ""), AT_ONCE, probable=not maybe)
    except Invalid:
        found = finding.page(request.user, "", AT_ONCE, probable=not maybe)
    return pages.show(request, "duplicates.html", {"found": found, "maybe": maybe})


@for_librarians
def compare(request: SignedInRequest, one: int, other: int) -> HttpResponse:
    pair = _pair(request, one, other)
    if pair is None:
        return _to_what_they_are_now(one, other)
    form = MergeForm(pages.sent(request), pair=pair)
    if request.method == "POST" and form.is_valid():
        books = (pair.first, pair.second) if form.cleaned_data["keep"] == FIRST else (pair.second, pair.first)
        merge = pages.saved(form, lambda: merging.merge(*books, form.chosen(form.cleaned_data["keep"])))
        if merge:
            words = f"“{merge.title}” is part of this book now, with its copies, loans and holds."
            return pages.done(request, words, "web:book", merge.kept)
    return pages.show(request, "compare.html", {"pair": pair, "form": form}, status=400 if form.errors else 200)


@for_librarians
@require_POST
def dismiss(request: SignedInRequest, one: int, other: int) -> HttpResponse:
    pair = _pair(request, one, other)
    if pair is None:
        return _to_what_they_are_now(one, other)
    dismissals.dismiss(pair.first, pair.second)
    back = {name: value for name in ("after", "maybe") if (value := request.POST.get(name))}
    address = reverse("web:duplicates") + (f"?{urlencode(back)}" if back else "")
    return pages.done(request, f"“{pair.first.title}” and “{pair.second.title}” are not shown as one again.", address)


@for_librarians
def merges(request: SignedInRequest) -> HttpResponse:
    """What was made one, and what was said not to be, each to be taken back."""
    merged = pages.listed(request, Merge.objects.in_force(), "-id", AT_ONCE)
    apart = Dismissal.objects.select_related("first", "second").defer("first__words", "second__words")
    context = {"merged": merged, "apart": pages.listed(request, apart, "-id", AT_ONCE, "apart")}
    return pages.show(request, "merges.html", context)


@for_librarians
@require_POST
def undo(request: SignedInRequest, number: int) -> HttpResponse:
    try:
        gone = unmerging.undo(get_object_or_404(Merge.objects.in_force(), pk=number))
    except Refusal as reason:
        return pages.refused(request, reason, "web:merges")
    return pages.done(request, f"“{gone.title}” is a book of its own again, with all that was its own.", "web:merges")


@for_librarians
@require_POST
def show_again(request: SignedInRequest, number: int) -> HttpResponse:
    dismissals.take_back(get_object_or_404(Dismissal, pk=number))
    return redirect("web:merges")


def _pair(request: Request, one: int, other: int) -> Pair | None:
    books = list(finding.with_copies(Book.objects.filter(Q(pk=one) | Q(pk=other)), request.user))
    return finding.pair(*books) if len(books) == 2 else None


def _to_what_they_are_now(one: int, other: int) -> HttpResponse:
    """After they were merged, by the back button or by somebody else."""
    if (now := merged_books.where(one) or merged_books.where(other)) is None:
        raise Http404
    return redirect("web:book", now)
