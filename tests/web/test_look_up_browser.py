"""Adding a book by its ISBN in a browser, by the keyboard alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.servers import BookplateServer
from tests.upstream import DUNE, Upstream, open_library
from tests.web.browsing import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def source() -> Iterator[Upstream]:
    with Upstream() as upstream:
        upstream.says(open_library())
        yield upstream


@pytest.fixture(scope="module")
def server(source: Upstream) -> Iterator[BookplateServer]:
    told = {"DJANGO_SETTINGS_MODULE": "tests.upstream_settings", "TEST_UPSTREAM": source.url}
    with BookplateServer(demo=True, env=told | {"BOOKPLATE_METADATA": "openlibrary"}) as server:
        yield server


def test_a_scanned_isbn_fills_what_was_not_typed_and_says_where_it_came_from(
    server: BookplateServer, page: Page
) -> None:
    sign_in(page, server, "librarian")
    page.goto(f"{server.url}/books/add/")
    page.get_by_label("Author").fill("F. Herbert")
    page.get_by_label("ISBN").focus()
    page.keyboard.type("0-441-17271-7")
    page.keyboard.press("Enter")

    expect(page.get_by_label("Title")).to_have_value("Dune")
    expect(page.locator("#id_title_from")).to_have_text("From Open Library")
    expect(page.get_by_label("Author")).to_have_value("F. Herbert")
    expect(page.locator("#id_author_from")).to_have_count(0)
    assert page.url.endswith("/books/add/")  # Enter has saved nothing

    page.get_by_label("Title").press("End")
    page.keyboard.type(" Messiah")
    expect(page.locator("#id_title_from")).to_have_count(0)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Dune Messiah")
    expect(page.locator(".facts")).to_contain_text(DUNE)


def test_what_is_typed_while_the_source_thinks_stays(server: BookplateServer, source: Upstream, page: Page) -> None:
    source.says(open_library("9780140328721"), path="/api/books?bibkeys=ISBN:9780140328721", after=0.5)
    sign_in(page, server, "librarian")
    page.goto(f"{server.url}/books/add/")
    page.get_by_label("ISBN").fill("9780140328721")
    page.get_by_label("ISBN").press("Enter")
    page.get_by_label("Title").fill("Mine")

    expect(page.get_by_label("Publisher")).to_have_value("Ace Books")
    expect(page.get_by_label("Title")).to_have_value("Mine")
