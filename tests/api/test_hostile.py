"""Bodies and headers from people who wish us ill: always a 4xx problem, quickly (G29, G30)."""

import time

import pytest
from django.test import Client
from rest_framework.test import APIClient

from bookplate.people import sessions
from bookplate.people.models import User
from tests.cast import PASSWORD, signed_in

pytestmark = pytest.mark.django_db

PROBLEM = "application/problem+json"
BODIES = {
    "nested": b"[" * 100_000 + b"]" * 100_000,
    "nested in a field": b'{"title": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    "duplicate keys": b'{"title": "a", "title": "b"}',
    "NaN": b'{"title": "a", "published_year": NaN}',
    "infinity": b'{"title": "a", "published_year": 1e999}',
    "a long integer": b'{"title": "a", "published_year": ' + b"9" * 5000 + b"}",
    "NUL": b'{"title": "a\\u0000b"}',
    "a lone surrogate": b'{"title": "a\\ud800b"}',
    "bad UTF-8": b'{"title": "\xff\xfe"}',
    "UTF-16": '{"title": "a"}'.encode("utf-16"),
    "nothing": b"",
    "a word": b"title",
    "half": b'{"title": "a"',
    "a list": b"[1, 2]",
    "a string": b'"x"',
    "null": b"null",
    "an open string": b'{"title": "' + b'\\"' * 200_000,
}


@pytest.mark.parametrize("name", BODIES)
def test_a_strange_body_is_a_problem(librarian: User, name: str) -> None:
    client = signed_in(librarian)
    client.get("/api/")  # the first request of a process loads the addresses
    began = time.process_time()
    answer = client.post("/api/books/", BODIES[name], content_type="application/json")

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert time.process_time() - began < 1


@pytest.mark.parametrize("name", BODIES)
def test_a_strange_sign_in_is_a_problem(name: str) -> None:
    answer = APIClient().post("/api/token/", BODIES[name], content_type="application/json")

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "x"],
)
def test_another_content_type_is_named(librarian: User, kind: str) -> None:
    answer = signed_in(librarian).post("/api/books/", b"title=a", content_type=kind)

    assert (answer.status_code, answer.headers["Content-Type"]) == (415, "application/problem+json")


@pytest.mark.parametrize("charset", ["bz2_codec", "utf-7", "rot13", "nonsense"])
def test_a_charset_is_not_believed(librarian: User, charset: str) -> None:
    answer = signed_in(librarian).post(
        "/api/books/", b'{"title": "a"}', content_type=f"application/json; charset={charset}"
    )

    assert answer.status_code in (201, 400, 415)


def test_a_body_over_the_limit_is_a_413(librarian: User) -> None:
    answer = signed_in(librarian).post(
        "/api/books/", b'{"title": "' + b"a" * 1_100_000 + b'"}', content_type="application/json"
    )

    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    assert answer.json()["detail"] == (
        "The body is too large. A list that is brought in may have 200 MB, one for your own shelf 5 MB, "
        "anything else 1 MB. Send less at once: cut a list into several files."
    )


@pytest.mark.parametrize(
    "address", ["/api/nothing/", "/api/books", "/api/books/x/", "/api/books/1/copies/", "/api/books/1.5/"]
)
def test_an_unknown_address_is_a_problem(client: Client, address: str) -> None:
    answer = client.get(address)

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("address", ["/api/books", "/api/nope/", "/api/"])
def test_a_post_to_an_unknown_address_is_a_problem(address: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(address, b"{}", content_type="application/json")

    assert (answer.status_code, answer.headers["Content-Type"]) == (405 if address == "/api/" else 404, PROBLEM)


@pytest.mark.parametrize("address", ["/", "/healthz/live", "/nope", "/sign-in/"])
def test_a_wrong_host_is_a_400(client: Client, address: str) -> None:
    assert client.get(address, headers={"Host": "evil.example"}).status_code == 400


def test_tokens_are_not_kept_by_caches() -> None:
    assert APIClient().post("/api/token/", {}).headers["Cache-Control"] == "no-store"


def test_a_verb_that_is_not_there(alice: User) -> None:
    for client in (APIClient(), signed_in(alice)):
        answer = client.delete("/api/books/")
        assert (answer.status_code, answer.headers["Content-Type"], answer.headers["Allow"]) == (
            405,
            "application/problem+json",
            "GET, POST, HEAD, OPTIONS",
        )


@pytest.mark.parametrize("address", ["/api/schema/", "/api/docs/", "/api/"])
def test_a_verb_that_is_not_there_is_a_problem_where_the_answer_is_yaml_or_a_page(client: Client, address: str) -> None:
    answer = client.post(address)

    assert (answer.status_code, answer.headers["Content-Type"]) == (405, PROBLEM)
    assert answer.json()["type"] == "/api/problems/method-not-allowed"


@pytest.mark.parametrize("address", ["/api/schema/", "/api/docs/", "/api/", "/api/books/"])
def test_options_are_answered_everywhere(client: Client, address: str) -> None:
    answer = client.options(address)

    assert answer.status_code == 200
    assert "OPTIONS" in answer.headers["Allow"]


LISTED = "https://app.example.org"


@pytest.fixture
def listed(settings: object) -> None:
    settings.CORS_ALLOWED_ORIGINS = [LISTED]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("address", ["/api/books/", "/api/loans/", "/api/nothing/", "/api/books/?limit=x"])
def test_a_listed_origin_may_read_every_answer(client: Client, address: str) -> None:
    answer = client.get(address, headers={"Origin": LISTED})

    assert answer.headers["Access-Control-Allow-Origin"] == LISTED
    assert {"Link", "ETag", "Location", "Retry-After", "Content-Disposition", "Searched-For", "Last-Event"} <= set(
        answer.headers["Access-Control-Expose-Headers"].split(", ")
    )
    assert "origin" in answer.headers["Vary"].lower()


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{LISTED}.evil.example", "http://app.example.org", f"{LISTED}:444"]
)
def test_another_origin_may_not(client: Client, origin: str) -> None:
    answer = client.get("/api/books/", headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "origin" in answer.headers["Vary"].lower()


@pytest.mark.usefixtures("listed")
def test_a_preflight_allows_what_the_api_uses(client: Client) -> None:
    answer = client.options(
        "/api/loans/",
        headers={
            "Origin": LISTED,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "if-match",
        },
    )

    assert answer.status_code == 200
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    for name in ("authorization", "content-type", "idempotency-key", "if-match"):
        assert name in answer.headers["Access-Control-Allow-Headers"]


def test_a_fault_of_ours_is_a_problem_and_logs_no_secret(
    alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    token = sessions.open(alice).access
    monkeypatch.setattr("bookplate.people.sessions.open", broken)
    client = APIClient(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})
    answer = client.post("/api/token/", {"username": "alice", "password": PASSWORD})

    assert (answer.status_code, answer.headers["Content-Type"]) == (500, PROBLEM)
    assert "broken" not in answer.text
    assert "RuntimeError: broken" in caplog.text
    assert (PASSWORD in caplog.text, token in caplog.text) == (False, False)
