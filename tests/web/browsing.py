"""What the browser tests do again and again."""

from playwright.sync_api import Page

from tests.cast import PASSWORD
from tests.servers import BookplateServer


def sign_in(page: Page, server: BookplateServer, username: str) -> Page:
    page.goto(f"{server.url}/sign-in/")
    page.fill("#id_username", username)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_selector(".who")
    return page


def open_live(page: Page, address: str) -> None:
    """Open a page and wait until its socket is there."""
    page.goto(address)
    page.wait_for_selector("body[data-connected]")


def scan(page: Page, text: str) -> None:
    """As a scanner does: keys into whatever has the focus, then Enter."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")
