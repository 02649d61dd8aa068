"""A check of ours for schemathesis, which loads this file by SCHEMATHESIS_HOOKS (tests/api/test_schema.py)."""

from typing import Any

import schemathesis

# A request that is no HTTP at all is answered by uvicorn, before there is an API to ask.
NOT_HTTP = b"Invalid HTTP request received."
FIELDS = {"type", "title", "status", "detail"}


@schemathesis.check
def every_error_is_a_problem(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: "schemathesis.Case[Any]"
) -> None:
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
