"""Accounts, for admins: who has which role, closing one, ending its sign-ins."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from bookplate.core.errors import Refusal
from bookplate.people import administration, sessions
from bookplate.people.models import User
from bookplate.people.roles import Role
from bookplate.web import pages
from bookplate.web.forms import AccountsForm, RoleForm
from bookplate.web.rights import Request, for_admins

AT_ONCE = 50


@for_admins
def accounts(request: Request) -> HttpResponse:
    form = AccountsForm(request.GET)
    search = form.cleaned_data["search"] if form.is_valid() else ""
    page = pages.listed(request, User.objects.select_related("group").named(search), "username", AT_ONCE)
    return pages.show(request, "accounts.html", {"form": form, "page": page, "search": search})


@for_admins
def account(request: Request, number: int) -> HttpResponse:
    found = _account(number)
    form = RoleForm(pages.sent(request), initial={"role": found.role})
    if request.method == "POST" and form.is_valid():
        role = Role(form.cleaned_data["role"])
        words = f"{found} is {role.label.lower()} from now on."
        return _done(request, number, words, lambda: administration.change(found, role=role))
    context = {"account": found, "form": form, "sign_ins": sessions.of_user(found)}
    return pages.show(request, "account_of.html", context, status=400 if form.errors else 200)


@for_admins
@require_POST
def close(request: Request, number: int) -> HttpResponse:
    found = _account(number)
    words = f"Nobody can sign in as {found} any more."
    return _done(request, number, words, lambda: administration.change(found, is_active=False))


@for_admins
@require_POST
def reopen(request: Request, number: int) -> HttpResponse:
    found = _account(number)
    words = f"{found} can sign in again."
    return _done(request, number, words, lambda: administration.change(found, is_active=True))


@for_admins
@require_POST
def sign_out(request: Request, number: int) -> HttpResponse:
    found = _account(number)
    return _done(request, number, f"{found} is signed out everywhere.", lambda: administration.end_sign_ins(found))


def _account(number: int) -> User:
    found: User = get_object_or_404(User.objects.select_related("group"), pk=number)
    return found


def _done(request: Request, number: int, words: str, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Refusal as reason:
        return pages.refused(request, reason, "web:account-of", number)
    return pages.done(request, words, "web:account-of", number)
