"""`Authorization: Bearer <access token>` (RFC 6750), checked against its sign-in on every request."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from bookplate.api.permissions import operation_of
from bookplate.people import scripts, sessions
from bookplate.people.models import Scope, ScriptToken, Session, User


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, Session | ScriptToken] | None:
        """The user and the sign-in; nobody without the header; 401 for a token that is not good now."""
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            found = _of_script(token.strip(), request) or _sign_in(token.strip(), request)
        except sessions.SignedOut:
            raise AuthenticationFailed("The access token is not valid or its sign-in has ended.") from None
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _sign_in(token: str, request: Request) -> Session:
    """Where the answer is the same for everybody, it is enough that the sign-in lived a moment ago."""
    view: Any = (request.parser_context or {}).get("view")
    asks_anew = not getattr(view, "is_same_for_everybody", bool)()
    return sessions.authenticate(token) if asks_anew else sessions.authenticate_lately(token)


def _of_script(text: str, request: Request) -> ScriptToken | None:
    """A script's token, which an operation has to name a scope for; one that names none is closed to scripts."""
    if not text.startswith(scripts.PREFIX):
        return None
    token = scripts.authenticate(text)
    view: Any = (request.parser_context or {}).get("view")
    wanted: Scope | None = getattr(view, "scopes", {}).get(operation_of(view, request))
    if wanted is None or not token.allows(wanted):
        raise PermissionDenied("The scope of this token does not allow this.")
    return token


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
