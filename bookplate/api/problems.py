"""Every error of the API in one shape: problem details (RFC 9457), `application/problem+json`.

`{"type", "title", "status", "detail"}`, and for a 400 also `"errors": {field: [messages]}`.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer

from bookplate.catalog.rights import MEMBERS_FILE
from bookplate.core.errors import Conflict, Refusal

MEDIA_TYPE = "application/problem+json"
TYPES = "/api/problems/"
RETRY_SECONDS = 5
MEANWHILE = "Somebody else changed the same thing at the same moment. Try again."
TOO_LARGE = (
    f"The body is too large. A list that is brought in may have {settings.UPLOAD_LIMIT / 1_000_000:g} MB, one for your "
    f"own shelf {MEMBERS_FILE / 1_000_000:g} MB, anything else "
    f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1_000_000:g} MB. Send less at once: cut a list into several files."
)

WORDS = {
    HTTPStatus.BAD_REQUEST: "The request cannot be understood.",
    HTTPStatus.FORBIDDEN: "Your role does not allow this.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TOO_LARGE,
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something broke on our side; nothing was changed.",
    HTTPStatus.INSUFFICIENT_STORAGE: "The library's disk is full; nothing was kept.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database is away for a moment; try again.",
}


# Not `HTTPStatus.phrase`, which differs between versions of Python; RFC 9110's names.
NAMES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
    507: "Insufficient Storage",
}


def document(
    status: HTTPStatus, slug: str, title: str, detail: str, errors: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    problem: dict[str, Any] = {"type": f"{TYPES}{slug}", "title": title, "status": int(status), "detail": detail}
    if status == HTTPStatus.BAD_REQUEST:
        problem["errors"] = errors or {"non_field_errors": [detail]}
    return problem


def of_refusal(error: Refusal) -> dict[str, Any]:
    return document(error.status, error.slug(), error.title, str(error), getattr(error, "errors", None))


def plain(status: HTTPStatus, detail: str = "", headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A problem from outside of the API's own views: an unknown address, a store that is down."""
    return _respond(_bare(status, detail), headers)


def handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Django REST Framework's `EXCEPTION_HANDLER`."""
    if isinstance(error, Refusal):
        return _respond(of_refusal(error), _headers(error))
    if isinstance(error, (OperationalError, InterfaceError)):
        return _respond(_bare(HTTPStatus.SERVICE_UNAVAILABLE), {"Retry-After": str(RETRY_SECONDS)})
    if isinstance(error, IntegrityError):
        return handler(Conflict(MEANWHILE), context)
    if isinstance(error, DataError):
        return _respond(_bare(HTTPStatus.BAD_REQUEST, "A value is one that the database cannot hold."))
    known = _as_api_exception(error)
    if isinstance(known, exceptions.UnsupportedMediaType):
        return _respond(_bare(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _what_is_taken(known, context["view"])))
    return _respond(_from_api_exception(known), _headers(known)) if known else None


def _what_is_taken(error: exceptions.UnsupportedMediaType, view: Any) -> str:
    return f"{error.detail} This address takes {' or '.join(parser.media_type for parser in view.parser_classes)}."


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    return error if isinstance(error, exceptions.APIException) else None


def _from_api_exception(error: exceptions.APIException) -> dict[str, Any]:
    status = HTTPStatus(error.status_code)
    if isinstance(error, exceptions.ValidationError):
        return document(
            status, "invalid", "Some values are not right", "See `errors` for what to change.", _fields(error.detail)
        )
    general = isinstance(error, (exceptions.NotFound, exceptions.PermissionDenied)) and _is_default(error)
    return _bare(status, "" if general or not isinstance(error.detail, str) else str(error.detail))


def _is_default(error: exceptions.APIException) -> bool:
    return bool(error.detail == error.default_detail)


def _fields(detail: Any) -> dict[str, list[str]]:
    """`{field: [messages]}`, whatever is wrong deep within a field."""
    named = detail if isinstance(detail, Mapping) else {"non_field_errors": detail}
    return {str(name): list(_messages(found)) for name, found in named.items()}


def _messages(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield str(found)
    else:
        for one in found.values() if isinstance(found, Mapping) else found:
            yield from _messages(one)


def _headers(error: exceptions.APIException | Refusal) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(challenge)
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(wait)
    return headers


def _bare(status: HTTPStatus, detail: str = "") -> dict[str, Any]:
    """A problem that is no more than its status."""
    name = NAMES.get(status, status.phrase)
    return document(status, name.lower().replace(" ", "-"), name, detail or WORDS.get(status, f"{name}."))


def _respond(problem: dict[str, Any], headers: Mapping[str, str] | None = None) -> HttpResponse:
    # Written here, not by the view's own renderer, which makes YAML of the schema and HTML of its page.
    body = JSONRenderer().render(problem)
    return HttpResponse(body, status=problem["status"], headers=headers, content_type=MEDIA_TYPE)
