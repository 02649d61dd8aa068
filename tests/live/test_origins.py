"""Which web pages may open a socket (G25): the header as a browser writes it, and every near miss."""

from typing import Any

import pytest

from bookplate.live import origins


def scope(origin: str | None = None, host: str | None = "books.example.org", scheme: str = "ws") -> dict[str, Any]:
    headers = [(b"host", host)] if host is not None else []
    if origin is not None:
        headers.append((b"origin", origin))
    return {"scheme": scheme, "headers": [(name, value.encode("latin-1")) for name, value in headers]}


@pytest.fixture(autouse=True)
def library(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["books.example.org", "127.0.0.1", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://front.example.org"]
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org", "http://127.0.0.1:5173"]
    settings.HTTPS = False


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://books.example.org", "books.example.org", "ws"),
        ("https://books.example.org", "books.example.org", "wss"),
        ("http://books.example.org:8000", "books.example.org:8000", "ws"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "ws"),
        ("http://[::1]:8000", "[::1]:8000", "ws"),
        ("https://front.example.org", "books.example.org", "ws"),
    ],
)
def test_our_own_pages_may(origin: str, host: str, scheme: str) -> None:
    own = scope(origin, host, scheme)

    assert (origins.is_own(own), origins.may_connect(own)) == (True, True)


@pytest.mark.parametrize("origin", ["https://app.example.org", "http://127.0.0.1:5173"])
def test_a_page_that_cors_lists_may_but_is_not_ours(origin: str) -> None:
    listed = scope(origin)

    assert (origins.is_own(listed), origins.may_connect(listed)) == (False, True)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "*",
        "https://evil.example",
        "https://books.example.org",
        "http://books.example.org:8000",
        "http://books.example.org.evil.example",
        "http://evil.example/books.example.org",
        "http://books.example.org/",
        "http://books.example.org@evil.example",
        "HTTP://BOOKS.EXAMPLE.ORG",
        "books.example.org",
        "http://app.example.org",
        "https://app.example.org:444",
        "https://app.example.org.evil.example",
        "https://sub.app.example.org",
        "http://127.0.0.1:5174",
        "http://localhost:5173",
        "http://books.example.org é",
    ],
)
def test_no_other_page_may(origin: str) -> None:
    foreign = scope(origin)

    assert (origins.is_own(foreign), origins.may_connect(foreign)) == (False, False)


def test_a_host_that_is_not_ours_makes_no_page_ours() -> None:
    """Otherwise whoever points a name of theirs at this server (DNS rebinding) would be at home here."""
    rebound = scope("http://evil.example", host="evil.example")

    assert (origins.is_own(rebound), origins.may_connect(rebound)) == (False, False)
    assert origins.may_connect(scope("http://books.example.org", host=None)) is False


def test_behind_https_only_https_pages_are_ours(settings: Any) -> None:
    settings.HTTPS = True

    assert origins.may_connect(scope("https://books.example.org")) is True
    assert origins.may_connect(scope("http://books.example.org")) is False


def test_a_client_without_an_origin_may_try_but_is_no_page_of_ours() -> None:
    program = scope()

    assert (origins.is_own(program), origins.may_connect(program)) == (False, True)


def test_two_origins_are_none() -> None:
    twice = scope("http://books.example.org")
    twice["headers"].append((b"origin", b"http://books.example.org"))

    assert (origins.header(twice, b"origin"), origins.may_connect(twice)) == (None, False)
