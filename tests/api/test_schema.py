"""The OpenAPI document: it is there, it explains every operation, and the API keeps to it whatever is asked."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, expect

from tests.rights import OPERATIONS, WHO
from tests.servers import ROOT, BookplateServer
from tests.visitors import Visitor

VERBS = ("get", "post", "put", "patch", "delete")
# Tokens that last as long as the test, and guesses that make no pause for those who know their password.
PATIENT = {"BOOKPLATE_ACCESS_SECONDS": "86400", "BOOKPLATE_SIGN_IN_ATTEMPTS": "1000"}
# All of schemathesis and our own, which do the work of these two (tests/api/schema_checks.py).
NOT_CHECKED = "positive_data_acceptance,negative_data_rejection"
# One has no token, the other makes tokens up.
NOBODY, FORGER = "nobody", "forger"
Fuzz = Callable[..., None]


@pytest.fixture
def server(database_url: str | None) -> Iterator[BookplateServer]:
    with BookplateServer(demo=True, database_url=database_url, env=PATIENT) as server:
        yield server


@pytest.fixture
def fuzz(server: BookplateServer, tmp_path: Path) -> Fuzz:
    """Schemathesis as somebody, always with the same seed; what it says when it finds a fault is ours, too."""

    def fuzz(who: str, *, examples: int, phases: str) -> None:
        options = ["--checks", "all", "--exclude-checks", NOT_CHECKED, "--phases", phases]
        options += ["--max-examples", str(examples), "--seed", "1873"]
        options += credentials(server, who)
        done = run_schemathesis(f"{server.url}/api/schema/?format=json", options, tmp_path)

        assert done.returncode == 0, done.stdout + done.stderr
        cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
        assert cases and cases[1] == cases[2], done.stdout
        print(f"{who}: {cases[0]} {done.stdout.strip().splitlines()[-1]}")  # noqa: T201
        assert "Traceback" not in server.output(), server.output()
        assert Visitor(server, "admin").get("/api/users/me/").status_code == 200

    return fuzz


def credentials(server: BookplateServer, who: str) -> list[str]:
    if who == NOBODY:
        return ["--generation-with-security-parameters", "false"]
    if who == FORGER:
        return []
    # Signing out would leave nobody to go on as; tests/api/test_tokens.py has it.
    header = f"Authorization: Bearer {Visitor(server, who).access}"
    return ["--header", header, "--exclude-path", "/api/token/revoke/"]


def run_schemathesis(schema: str, options: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    fixed = ["--generation-database", "none", "--request-timeout", "30", "--no-color", "--warnings", "off"]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.api.schema_checks", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "schemathesis.cli", "run", schema, *fixed, *options]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_nothing_that_anybody_asks_breaks_the_api(fuzz: Fuzz) -> None:
    """Shortly, but with each phase and check; the long form follows.

    What is nearly as the document says ("coverage") is mostly refused before a database hears of it: once is enough.
    """
    coverage = "coverage," if connection.vendor == "sqlite" else ""
    fuzz(NOBODY, examples=1, phases="fuzzing")
    fuzz("librarian", examples=2, phases=f"{coverage}fuzzing,stateful")


@pytest.mark.long
@pytest.mark.parametrize("who", [NOBODY, FORGER, "alice", "librarian", "admin"])
def test_nothing_that_anybody_asks_for_minutes_breaks_the_api(fuzz: Fuzz, who: str) -> None:
    fuzz(who, examples=100, phases="examples,coverage,fuzzing,stateful")


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    answer = client.get("/api/schema/?format=json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].partition(";")[0].endswith("json")
    document: dict[str, Any] = answer.json()
    return document


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """ "GET /api/books/" → what the document says of it."""
    paths = document["paths"].items()
    return {
        f"{verb.upper()} {path}": item[verb]
        for path, item in sorted(paths, key=lambda pair: str(pair[0]))
        for verb in VERBS
        if verb in item
    }


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert (document["openapi"], document["info"]["title"]) == ("3.1.0", "Bookplate")
    assert set(document["paths"]) == {path for path in document["paths"] if path.startswith("/api/")}
    assert document["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }


def test_every_operation_is_explained_and_named_once(document: dict[str, Any]) -> None:
    found = operations(document)
    names = [operation["operationId"] for operation in found.values()]

    assert [name for name, item in found.items() if not (item["summary"] and item["description"])] == []
    assert len(set(names)) == len(names) > 30


def test_a_list_of_operations_says_in_a_few_words_what_each_does(document: dict[str, Any]) -> None:
    words = {name: item["summary"] for name, item in operations(document).items() if "/merges/" in name}

    assert words == {
        "GET /api/merges/": "Merges that are in force",
        "POST /api/merges/": "Make two books one, with all their copies, loans and holds",
        "GET /api/merges/{id}/": "Read one of the merges",
        "DELETE /api/merges/{id}/": "Make them two again, each with what was its own",
    }
    assert max(len(item["summary"]) for item in operations(document).values()) <= 110


def test_what_an_answer_says_beside_its_body_is_documented(document: dict[str, Any]) -> None:
    found = operations(document)

    assert list(found["GET /api/imports/"]["responses"]["200"]["headers"]) == ["Link"]
    assert list(found["POST /api/imports/"]["responses"]["201"]["headers"]) == ["Location"]


def test_the_document_says_who_needs_a_token(document: dict[str, Any]) -> None:
    """An empty requirement beside the token's means: with or without (OpenAPI 3.1, Security Requirement Object)."""
    for_all = {name for name, item in operations(document).items() if {} in item.get("security", [{}])}

    assert for_all == {name for name, answers in OPERATIONS.items() if answers[WHO.index("nobody")] != 401} | {
        "POST /api/token/revoke/"
    }


def test_every_refusal_is_documented_as_the_same_problem(document: dict[str, Any]) -> None:
    """By its name: a generated client has one type for it, not one for each operation."""
    answers = [item["responses"] for item in operations(document).values()]
    kinds = {json.dumps(answer[status]["content"]) for answer in answers for status in ("4XX", "5XX")}

    assert kinds == {'{"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}'}
    assert document["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status", "detail"]


def test_the_document_needs_no_sign_in_and_is_text_for_those_who_ask_for_it(client: Client) -> None:
    answer = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi"})

    assert (answer.status_code, answer.text.splitlines()[0]) == (200, "openapi: 3.1.0")


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("address", ["/api/nothing/", "/api/books/x/", "/api/books/1", "/api/loans/x/return/"])
def test_an_address_that_is_none_is_the_same_problem_whatever_the_verb(verb: str, address: str) -> None:
    """A browser's form or a script without a token must hear what is wrong, not of a missing CSRF cookie."""
    answer = getattr(Client(enforce_csrf_checks=True), verb)(address)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["type"] == "/api/problems/not-found"


def policy(header: str) -> dict[str, set[str]]:
    """A Content-Security-Policy by its directives."""
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {name: set(values) for name, *values in parts}


@pytest.mark.browser
def test_the_page_to_read_and_try_it_comes_from_this_machine_alone(page: Page, server: BookplateServer) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1280, "height": 6000})  # what is below the window is not drawn
    answer = page.goto(f"{server.url}/api/docs/")
    expect(page.get_by_role("heading", name="Bookplate")).to_be_visible()
    shown = page.locator(".opblock-summary").filter(has=page.locator("[data-path^='/api/books/']"))
    expect(shown.first).to_be_visible()

    expected = [
        name for name in operations(httpx.get(f"{server.url}/api/schema/?format=json").json()) if " /api/books/" in name
    ]
    listed = [
        f"{block.locator('.opblock-summary-method').inner_text()} "
        f"{block.locator('.opblock-summary-path').get_attribute('data-path')}"
        for block in shown.all()
    ]
    assert sorted(listed) == sorted(expected)
    assert {urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {urlsplit(server.url).netloc}
    assert answer is not None
    scripts = policy(answer.header_value("Content-Security-Policy") or "")
    assert (scripts["script-src"], scripts["default-src"]) == ({"'self'"}, {"'none'"})
