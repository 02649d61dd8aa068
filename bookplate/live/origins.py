"""Which web pages may open a socket: our own and those that CORS lists (RFC 6455, 10.2; RFC 6454)."""

from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host


def header(scope: dict[str, Any], name: bytes) -> str | None:
    """A header's value, or nothing when it is missing or stands twice."""
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else None


def is_own(scope: dict[str, Any]) -> bool:
    """Whether the page that opens the socket was served from here."""
    origin, host = header(scope, b"origin"), header(scope, b"host")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    if not origin or not host or not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    secure = settings.HTTPS or scope.get("scheme") == "wss"
    return origin == f"{'https' if secure else 'http'}://{host}"


def may_connect(scope: dict[str, Any]) -> bool:
    """A client without an `Origin` is no browser and will have to show a token."""
    has_origin = any(key == b"origin" for key, _ in scope["headers"])
    return not has_origin or is_own(scope) or header(scope, b"origin") in settings.CORS_ALLOWED_ORIGINS
