"""Library cards at the desk: finding one, its page, keeping it, giving it to an account."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from bookplate.core.errors import Refusal
from bookplate.lending.models import Loan
from bookplate.people import members
from bookplate.people.models import Member, MemberQuerySet
from bookplate.web import pages
from bookplate.web.forms import MemberForm, MembersForm
from bookplate.web.rights import Request, SignedInRequest, for_desk, for_keepers_of_members

AT_ONCE = 50


@for_desk
def members_list(request: SignedInRequest) -> HttpResponse:
    form = MembersForm(request.GET)
    found = wanted(request, form)
    later = pages.part_wanted(request) == "more"
    context = {"form": form, "page": pages.listed(request, _with_loans(found), "name_key", AT_ONCE), "later": later}
    return pages.show(request, "_members.html" if later else "members.html", context)


def wanted(request: SignedInRequest, form: MembersForm) -> MemberQuerySet:
    """The cards that `form` asks for, among those that the viewer may see."""
    form.is_valid()
    found = Member.objects.visible_to(request.user).matching(form.cleaned_data.get("search", ""))
    since = form.cleaned_data.get("since")
    return found.filter(created_at__date__gte=since) if since else found


def _with_loans(cards: MemberQuerySet) -> QuerySet[Member]:
    """Each with `books`, how many it has now."""
    of_each = Loan.objects.open().filter(member=OuterRef("pk")).order_by().values("member")
    books = Subquery(of_each.annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    return cards.select_related("user").annotate(books=Coalesce(books, 0))


@for_keepers_of_members
def add(request: SignedInRequest) -> HttpResponse:
    form = MemberForm(pages.sent(request))
    if request.method == "POST" and form.is_valid():
        added = pages.saved(form, lambda: members.add(**form.cleaned_data))
        if added:
            return pages.done(request, f"{added} has the card {added.card} now.", "web:member", added.pk)
    return _form(request, form, "Add a card", reverse("web:members"))


@for_desk
def member(request: SignedInRequest, number: int) -> HttpResponse:
    return _show(request, _member(request, number))


@for_keepers_of_members
def edit(request: SignedInRequest, number: int) -> HttpResponse:
    found = _member(request, number)
    form = MemberForm(pages.sent(request), instance=found)
    if request.method == "POST" and form.is_valid():
        changed = pages.saved(form, lambda: members.change(found, **form.cleaned_data))
        if changed:
            return pages.done(request, f"{changed}’s card was changed.", "web:member", number)
    return _form(request, form, "Edit this card", reverse("web:member", args=[number]))


@for_keepers_of_members
def remove(request: SignedInRequest, number: int) -> HttpResponse:
    found = _member(request, number)
    if request.method != "POST":
        back = reverse("web:member", args=[number])
        return pages.show(request, "remove.html", {"title": f"{found}, {found.card}", "what": "card", "back": back})
    try:
        members.remove(found)
    except Refusal as reason:
        return pages.refused(request, reason, "web:member", number)
    return pages.done(request, f"{found}’s card was removed.", "web:members")


@for_desk
@require_POST
def make_code(request: SignedInRequest, number: int) -> HttpResponse:
    """Shows the code in this very answer, as it is kept nowhere."""
    found = _member(request, number)
    try:
        code = members.make_link_code(found)
    except Refusal as reason:
        return pages.refused(request, reason, "web:member", number)
    return _show(request, _member(request, number), code)


@for_desk
@require_POST
def withdraw_code(request: SignedInRequest, number: int) -> HttpResponse:
    found = _member(request, number)
    try:
        members.withdraw_link_code(found)
    except Refusal as reason:
        return pages.refused(request, reason, "web:members")
    return pages.done(request, "The code is no longer good.", "web:member", number)


@for_keepers_of_members
@require_POST
def unlink(request: SignedInRequest, number: int) -> HttpResponse:
    found = _member(request, number)
    try:
        members.unlink(found)
    except Refusal as reason:
        return pages.refused(request, reason, "web:members")
    return pages.done(request, f"{found}’s card belongs to no account any more.", "web:member", number)


def _member(request: SignedInRequest, number: int) -> Member:
    return get_object_or_404(Member.objects.visible_to(request.user).select_related("user"), pk=number)


def _show(request: SignedInRequest, found: Member, code: str = "") -> HttpResponse:
    loans = Loan.objects.visible_to(request.user).open().with_copy().filter(member=found).order_by("due_at", "id")
    return pages.show(request, "member.html", {"member": found, "loans": loans, "code": code})


def _form(request: Request, form: MemberForm, heading: str, back: str) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "heading": heading, "back": back}
    return pages.show(request, "form.html", context, status=400 if form.errors else 200)
