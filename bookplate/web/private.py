"""Pages whose address holds a secret: it must reach neither another site, nor a log, nor a shared computer's next user.

Such an address only ever leads on to one without the secret, which the session keeps meanwhile. The pages behind
say `strict-origin`: with `no-referrer` a browser sends `Origin: null` with their form, which is no proof against
forgery any more.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from bookplate.people.links import LinkOver

View = Callable[..., HttpResponseBase]


def _with_policy(policy: str) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def private(*args: Any, **kwargs: Any) -> HttpResponseBase:
            response = view(*args, **kwargs)
            response.headers["Referrer-Policy"] = policy
            add_never_cache_headers(response)
            return response

        return private

    return decorate


address_is_secret = _with_policy("no-referrer")
behind_a_secret = _with_policy("strict-origin")


def leading_to(
    page: str, key: str, asked: Callable[[str], object], over: Callable[[HttpRequest, LinkOver], HttpResponse]
) -> View:
    """The view of a mailed link: its token, if `asked` knows it, is kept as the session's `key` for `page`."""

    @address_is_secret
    @require_safe
    def link(request: HttpRequest, token: str) -> HttpResponse:
        try:
            asked(token)
        except LinkOver as reason:
            return over(request, reason)
        request.session[key] = token
        return redirect(page)

    return link
