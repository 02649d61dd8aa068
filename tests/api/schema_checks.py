"""Checks of ours for schemathesis, which loads this file by SCHEMATHESIS_HOOKS (tests/api/test_schema.py)."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import jsonschema_rs
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import negative_data_rejection as rejection
from schemathesis.specs.openapi.checks import positive_data_acceptance as acceptance

Case: TypeAlias = "schemathesis.Case[Any]"

# A request that is no HTTP at all is answered by uvicorn, before there is an API to ask.
NOT_HTTP = b"Invalid HTTP request received."
FIELDS = {"type", "title", "status", "detail"}
JSON = "application/json"

# What a schema cannot say, by operation and field: whom or what one may name, what is taken, what time it is, and
# whether a secret is the right one. Rules of form are not among them.
OF_BOOKS = {"isbn", "published_year"}
OF_COPIES = {"book", "barcode", "visibility"}
# To schemathesis an empty text is a date.
OF_MEMBERS = {"card", "expires_on"}
NEW_PASSWORD = {"password", "new"}
BEYOND_SCHEMAS: dict[str, set[str]] = {
    "POST /api/blocks/": {"username"},
    "POST /api/books/": OF_BOOKS,
    "PUT /api/books/{id}/": OF_BOOKS,
    "PATCH /api/books/{id}/": OF_BOOKS,
    "POST /api/checkouts/": {"member"},
    "POST /api/copies/": OF_COPIES,
    "PUT /api/copies/{id}/": OF_COPIES,
    "PATCH /api/copies/{id}/": OF_COPIES,
    "POST /api/dismissals/": {"books"},
    "POST /api/friend-requests/": {"username"},
    "POST /api/groups/": {"name"},
    "PUT /api/groups/{id}/": {"name"},
    "PATCH /api/groups/{id}/": {"name"},
    "POST /api/holds/": {"book", "copy", "member", "non_field_errors"},
    "POST /api/holds/shelf/": {"copy"},
    "POST /api/imports/": {"file", "owner", "owner_group", "visibility", "columns"},
    "POST /api/invitations/": {"group"},
    "POST /api/loans/": {"copy", "member"},
    "POST /api/members/": OF_MEMBERS,
    "PUT /api/members/{id}/": OF_MEMBERS,
    "PATCH /api/members/{id}/": OF_MEMBERS,
    "POST /api/merges/": {"keep", "merged"},
    "POST /api/password-reset/confirm/": {"token", *NEW_PASSWORD},
    "GET /api/metadata/{isbn}/": {"isbn"},
    "PUT /api/policy/": {"groups", "closed_weekdays"},
    "PATCH /api/policy/": {"groups", "closed_weekdays"},
    "POST /api/register/": {"username", "invitation", *NEW_PASSWORD},
    "POST /api/users/me/card/": {"code"},
    "PATCH /api/users/me/": {"username", "password"},
    "POST /api/users/me/erasure/": {"password"},
    "POST /api/users/me/password/": {"old", *NEW_PASSWORD},
    "POST /api/users/me/tokens/": {"scopes"},
    "POST /api/webhooks/": {"address"},
    "PATCH /api/webhooks/{id}/": {"address"},
    "POST /api/webhooks/{id}/deliveries/": {"event"},
}
# A cursor comes from the page before.
EVERYWHERE = {"after"}
# No schema can forbid these two, which no database keeps.
UNSTORABLE = "A text holds a character that cannot be stored (NUL or half of a surrogate pair)."


@schemathesis.check
def every_error_is_a_problem(ctx: schemathesis.CheckContext, response: schemathesis.Response, case: Case) -> None:
    """Whatever the fault: `application/problem+json` with its four fields, and `errors` where fields are wrong."""
    if response.status_code < 400 or response.content == NOT_HTTP:
        return
    assert response.headers["content-type"] == ["application/problem+json"], response.headers["content-type"]
    if case.method.upper() == "HEAD":
        return
    problem = response.json()
    assert set(problem) - {"errors"} == FIELDS, problem
    assert problem["status"] == response.status_code
    assert all(isinstance(messages, list) for messages in problem.get("errors", {}).values()), problem


@schemathesis.check
def what_the_schema_allows_is_taken(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """As schemathesis has it, but for the fields of `BEYOND_SCHEMAS`."""
    try:
        acceptance(ctx, response, case)
    except RejectedPositiveData:
        if not _is_beyond_schemas(response, case):
            raise


def _is_beyond_schemas(response: schemathesis.Response, case: Case) -> bool:
    problem = response.json()
    if problem["detail"] == UNSTORABLE:
        return True
    return set(problem.get("errors", {"": []})) <= BEYOND_SCHEMAS.get(case.operation.label, set()) | EVERYWHERE


@schemathesis.check
def what_the_schema_forbids_is_refused(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """As schemathesis has it, but that a number for a text is its digits, 0 is no, and `?name=` is no name at all."""
    try:
        rejection(ctx, response, case)
    except AcceptedNegativeData:
        if not _is_good_once_read(case) and "" not in (case.query or {}).values():
            raise


def _is_good_once_read(case: Case) -> bool:
    document = case.operation.schema.raw_schema
    content = case.operation.definition.raw.get("requestBody", {}).get("content", {})
    if JSON not in content or not isinstance(case.body, dict):
        return False
    named = content[JSON]["schema"]["$ref"]
    known = _followed(document, named)["properties"]
    read = {name: _read(known.get(name, {}), value) for name, value in case.body.items()}
    # Compared as JSON: to Python 0 is False.
    return json.dumps(read) != json.dumps(case.body) and bool(jsonschema_rs.is_valid({**document, "$ref": named}, read))


def _read(how: Mapping[str, Any], value: object) -> object:
    """A number as its digits where a text is wanted, in a list, too; 0 and 1 as no and yes."""
    if how.get("type") == "boolean" and value in (0, 1):
        return bool(value)
    if how.get("type") == "array" and isinstance(value, list):
        return [_read(how.get("items", {}), item) for item in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return json.dumps(value) if how.get("type") == "string" and is_number else value


def _followed(document: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return dict(found)
