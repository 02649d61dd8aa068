"""Who may open a page: anonymous people are asked to sign in, signed-in ones without the right get a 403.

What a role may do is said in `people.roles`; these decorators only turn the answer into a page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from bookplate.catalog.rights import reads_catalogue
from bookplate.people import roles
from bookplate.people.models import User


class Request(HttpRequest):
    htmx: HtmxDetails


class SignedInRequest(Request):
    user: User


View: TypeAlias = Callable[..., HttpResponseBase]
Predicate: TypeAlias = Callable[[roles.Viewer], bool]


def only_if(allowed: Predicate) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if allowed(request.user):
                return view(request, *args, **kwargs)
            if roles.is_signed_in(request.user):
                raise PermissionDenied
            return _ask_to_sign_in(request)

        return guarded

    return decorate


for_readers = only_if(reads_catalogue)
for_people = only_if(roles.is_signed_in)
for_desk = only_if(roles.works_at_desk)
for_librarians = only_if(roles.keeps_catalogue)
for_admins = only_if(roles.is_admin)
for_keepers_of_members = only_if(roles.keeps_members)


def _ask_to_sign_in(request: Request) -> HttpResponse:
    """Back to where they were afterwards; a part of a page sends the whole page to the sign-in."""
    if request.htmx:
        here = request.htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(here, resolve_url(settings.LOGIN_URL)).url)
    here = request.get_full_path() if request.method == "GET" else "/"
    return redirect_to_login(here, resolve_url(settings.LOGIN_URL))
