"""What every test may ask for: real servers, a browser, the real files."""

import asyncio
import os
import secrets
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from bookplate.catalog.metadata import asking
from tests.cast import *  # noqa: F403
from tests.databases import on_the_server
from tests.servers import CHROMIUM, ROOT, RedisServer
from tests.upstream import Upstream

QUIET_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # a process for each page takes a second of work to start
]


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> Iterator[None]:
    """What costs a test most and proves nothing in it; the servers in processes of their own have the real settings."""
    with override_settings(
        PASSWORD_HASHERS=["tests.hashing.QuickArgon2"],
        # Every test client makes the middlewares anew, and this one would look for the same 200 files each time.
        WHITENOISE_USE_FINDERS=False,
        METADATA_SOURCES=[],  # no test asks anybody who is not its own
    ):
        yield


@pytest.fixture
def real_hashing(settings: Any) -> None:
    """Passwords cost what they cost in the library."""
    settings.PASSWORD_HASHERS = ["bookplate.people.hashing.Argon2OneAtATime"]


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def database_url() -> Iterator[str | None]:
    """An empty database for a server of the test's own; None on SQLite, where each data folder has its own."""
    yield from own_database()


@pytest.fixture(scope="module")
def database_url_of_module() -> Iterator[str | None]:
    """The same for a server that a file's tests share."""
    yield from own_database()


def own_database() -> Iterator[str | None]:
    server = os.environ.get("DATABASE_URL")
    if not server:
        yield None
        return
    url = f"{server.rpartition('/')[0]}/own_{secrets.token_hex(6)}"
    on_the_server(url, "CREATE DATABASE {name}")
    yield url
    on_the_server(url, "DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real exports and catalogues, which are not part of the project."""
    folder = Path(os.environ.get("BOOKPLATE_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"shared data is not here: {folder}")
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET_CHROMIUM)
        asyncio._set_running_loop(None)
        yield browser
        asyncio._set_running_loop(browser._loop)
        browser.close()


@pytest.fixture
def upstream(settings: Any) -> Iterator[Upstream]:
    """Every source is the tests' own server, Open Library alone is asked; half a second to look something up."""
    asking.forget_failures()
    with Upstream() as server:
        settings.METADATA_SOURCES = ["openlibrary"]
        settings.METADATA_SECONDS = 0.5
        settings.REACHABLE_NETWORKS = [ip_network("127.0.0.1")]
        settings.METADATA_ADDRESSES = dict.fromkeys(("openlibrary", "google", "sru"), server.url)
        yield server
    asking.forget_failures()


@pytest.fixture
def page_errors() -> Generator[list[str]]:
    """What the pages wrote to the console as an error, and what they threw; a test removes what it expected."""
    errors: list[str] = []
    yield errors
    assert errors == []


@pytest.fixture
def new_page(
    browser: Browser, page_errors: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Page]]:
    """Each call is another person's browser; it takes the options of Playwright's `new_context`."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with loop_running(browser):
        contexts: list[BrowserContext] = []

        def new_page(**options: Any) -> Page:
            contexts.append(browser.new_context(**options))
            return watched(contexts[-1].new_page(), page_errors)

        yield new_page
        for context in contexts:
            context.close()


@contextmanager
def loop_running(browser: Browser) -> Iterator[None]:
    """Playwright leaves its event loop marked as running, with which neither Django's ORM nor an async test works.

    So it is marked only while a test has a page.
    """
    asyncio._set_running_loop(browser._loop)
    try:
        yield
    finally:
        asyncio._set_running_loop(None)


def watched(page: Page, errors: list[str]) -> Page:
    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()
