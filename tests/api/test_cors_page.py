"""A front end on another origin, in a real browser: a listed one works, any other is refused (G30)."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.cast import PASSWORD
from tests.servers import ROOT, BookplateServer

pytestmark = pytest.mark.browser

PAGES = Path(__file__).parent / "pages"
ACCESS_SECONDS = 2
CLIENT = ROOT / "bookplate/web/static/web/bookplate-client.js"
DOCS = ROOT / "docs/api.md"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def front_end() -> Iterator[str]:
    """The files in pages/ on a port of their own; its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(PAGES))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def listed() -> Iterator[str]:
    with front_end() as origin:
        yield origin


@pytest.fixture(scope="module")
def server(listed: str) -> Iterator[BookplateServer]:
    settings = {"BOOKPLATE_CORS_ORIGINS": listed, "BOOKPLATE_ACCESS_SECONDS": str(ACCESS_SECONDS)}
    with BookplateServer(demo=True, env=settings) as server:
        yield server


def titles(server: BookplateServer, count: int) -> list[str]:
    return [book["title"] for book in httpx.get(f"{server.url}/api/books/?limit={count}").json()]


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def expect_said(page: Page, text: str) -> None:
    expect(page.locator("#said")).to_have_text(text, timeout=15_000)


def refreshed(page: Page) -> int:
    return int(page.locator("#refreshed").inner_text())


def forget(errors: list[str], status: int) -> int:
    """Chromium writes every 4xx of a `fetch` to the console; those with `status` were expected."""
    expected = [error for error in errors if f"responded with a status of {status} " in error]
    errors[:] = [error for error in errors if error not in expected]
    return len(expected)


def test_a_page_of_a_listed_origin_signs_in_reads_pages_and_changes(
    page: Page, server: BookplateServer, listed: str, page_errors: list[str]
) -> None:
    page.goto(f"{listed}/?api={server.url}")
    sign_in(page, "librarian")
    expect(page.locator("#who")).to_have_text("librarian, librarian")
    assert page.evaluate("Object.keys(JSON.parse(localStorage.getItem('tokens'))).sort()") == ["access", "refresh"]

    page.get_by_role("button", name="Books").click()
    expect_said(page, "200, 2 books, more")
    page.get_by_role("button", name="More").click()
    expect_said(page, "200, 2 books, more")
    expect(page.locator("#books li")).to_have_count(4)
    assert page.locator("#books li").all_inner_texts() == titles(server, 4)

    page.get_by_label("New title").fill("A new title")
    page.get_by_role("button", name="Rename the first").click()
    expect_said(page, "200 A new title, tag 34")
    assert titles(server, 1) == ["A new title"]

    page.get_by_label("New title").fill("Too late")
    page.get_by_role("button", name="Rename the first").click()
    expect_said(page, "412 Precondition Failed, tag 34")
    assert titles(server, 1) == ["A new title"]
    forget(page_errors, 401)
    assert forget(page_errors, 412) == 1


def test_a_token_that_has_run_out_is_refreshed_and_the_page_stays_signed_in(
    page: Page, server: BookplateServer, listed: str, page_errors: list[str]
) -> None:
    page.goto(f"{listed}/?api={server.url}")
    sign_in(page, "alice")
    expect(page.locator("#who")).to_have_text("alice, member")
    before, kept = refreshed(page), page.evaluate("localStorage.getItem('tokens')")
    forget(page_errors, 401)

    time.sleep(ACCESS_SECONDS + 0.5)
    page.get_by_role("button", name="Books").click()
    expect_said(page, "200, 2 books, more")
    assert (refreshed(page), forget(page_errors, 401)) == (before + 1, 1)
    assert page.evaluate("localStorage.getItem('tokens')") != kept

    time.sleep(ACCESS_SECONDS + 0.5)
    page.reload()
    expect(page.locator("#who")).to_have_text("alice, member")
    assert (refreshed(page), forget(page_errors, 401)) == (1, 1)


def example(part: str) -> str:
    """The one in docs/api.md that has this in it."""
    blocks: list[str] = re.findall("```js\n(.*?)```", DOCS.read_text(), re.DOTALL)
    return next(block for block in blocks if part in block)


@pytest.fixture
def follower(page: Page, server: BookplateServer, listed: str) -> Page:
    """A page on another origin that has the examples of the docs as they stand there."""
    lines = [CLIENT.read_text(), f'const library = new Bookplate("{server.url}");']
    lines += [example("async function bringIn"), example("async function download")]
    lines += [f"const all = async (show) => {{ {example('let path')} }};"]
    page.goto(f"{listed}/?api={server.url}")
    page.add_script_tag(
        type="module", content="\n".join([*lines, "window.docs = { library, bringIn, download, all };"])
    )
    page.wait_for_function("window.docs")
    assert page.evaluate(f"docs.library.signIn('librarian', '{PASSWORD}').then((answer) => answer.status)") == 200
    return page


def test_lists_go_in_and_out_as_the_docs_say(follower: Page, page_errors: list[str]) -> None:
    rows = "title,isbn\\nEmma of the docs,\\nBad,12\\n"
    job = follower.evaluate(f"""docs.bringIn(new File(["{rows}"], "Bücher.csv"), (told) => (window.told = told))""")
    assert [job[name] for name in ("state", "read", "created", "failed")] == ["done", 2, 1, 1]
    assert follower.evaluate("told") == "100 %"

    with follower.expect_download() as failed:
        follower.evaluate(f"docs.download('/api/imports/{job['id']}/failed/')")
    assert failed.value.suggested_filename == "Bücher-failed.csv"
    with follower.expect_download() as export:
        follower.evaluate("docs.download('/api/exports/bibtex/?search=docs')")
    assert export.value.suggested_filename.startswith("Bookplate 2")
    assert export.value.path().read_text().count("Emma of the docs") == 1
    forget(page_errors, 401)


def test_all_pages_of_a_list_are_read_as_the_docs_say(follower: Page, server: BookplateServer) -> None:
    follower.evaluate("window.shown = []; docs.all((books) => shown.push(...books.map((book) => book.title)))")
    wanted = titles(server, 500)

    follower.wait_for_function("wanted => shown.length >= wanted", arg=len(wanted))
    assert follower.evaluate("shown") == wanted


def test_the_same_page_of_another_origin_is_refused_by_the_browser(
    new_page: Callable[..., Page], server: BookplateServer, page_errors: list[str]
) -> None:
    with front_end() as unlisted:
        page = new_page()
        page.goto(f"{unlisted}/?api={server.url}")
        sign_in(page, "alice")
        expect_said(page, "TypeError: Failed to fetch")
        page.get_by_role("button", name="Books").click()
        expect_said(page, "TypeError: Failed to fetch")

    assert page.evaluate("localStorage.length") == 0
    assert page.locator("#books li").count() == 0
    blocked = [error for error in page_errors if "has been blocked by CORS policy" in error]
    assert len(blocked) == 2
    page_errors.clear()
