"""Pages whose address holds a secret: it must reach neither another site, nor a log, nor a shared computer's next user.

Such an address only ever leads on to one without the secret, which the session keeps meanwhile. The pages behind
say `strict-origin`: with `no-referrer` a browser sends `Origin: null` with their form, which is no proof against
forgery any more.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponseBase
from django.utils.cache import add_never_cache_headers

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
