"""Two books are made one by the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.servers import BookplateServer
from tests.visitors import Visitor
from tests.web.browsing import sign_in

pytestmark = pytest.mark.browser


def test_two_books_become_one_and_two_again_by_keyboard(page: Page, demo_server: BookplateServer) -> None:
    librarian = Visitor(demo_server, "librarian")
    one, other = (
        librarian.post("/api/books/", {"title": title, "author": "Marlen Haushofer"}).json()["id"]
        for title in ("Die Wand ohne Tür", "Die Wand ohne Tür: Roman")
    )
    sign_in(page, demo_server, "librarian").goto(f"{demo_server.url}/duplicates/")
    link = page.get_by_role("link", name=re.compile("^Compare Die Wand ohne Tür and"))
    link.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Are these one book?")
    page.get_by_role("radio", name="Die Wand ohne Tür", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Die Wand ohne Tür: Roman")).to_be_checked()
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{demo_server.url}/books/{one}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Die Wand ohne Tür: Roman")
    page.goto(f"{demo_server.url}/books/{other}/")
    expect(page).to_have_url(f"{demo_server.url}/books/{one}/")
    page.goto(f"{demo_server.url}/merges/")
    page.get_by_role("button", name="Undo the merge of Die Wand ohne Tür: Roman").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("main").get_by_role("status").first).to_contain_text("is a book of its own again")
    page.goto(f"{demo_server.url}/books/{other}/")
    expect(page).to_have_url(f"{demo_server.url}/books/{other}/")
