"""In a real Chromium: the ways into an account, whose forms must pass the check against forgery without a referrer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.cast import PASSWORD
from tests.servers import BookplateServer, wait_until
from tests.web.browsing import sign_in

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]
NEW = "three words of a sentence"


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"#id_{name}", value)
    page.locator(".form button.button").click()


def mailed(server: BookplateServer, page: str) -> str:
    """The newest link of this kind among the mails, which go to the server's output."""
    found: list[str] = []

    def look() -> bool:
        found[:] = re.findall(rf"{re.escape(server.url)}/{page}/\S+/", server.output())
        return bool(found)

    wait_until(look)
    return found[-1]


def test_register_by_invitation(new_page: NewPage, demo_server: BookplateServer) -> None:
    desk = sign_in(new_page(), demo_server, "librarian")
    desk.goto(f"{demo_server.url}/invitations/")
    fill(desk, days="3")
    link = desk.input_value("#link")
    asked: list[str] = []
    newcomer = new_page()
    newcomer.on("request", lambda request: asked.append(request.headers.get("referer", "")))

    newcomer.goto(link)
    expect(newcomer).to_have_url(f"{demo_server.url}/register/")
    fill(newcomer, firstname="Dora", username="dora", email="dora@example.org", password=NEW)
    expect(newcomer.locator(".message")).to_contain_text("Your account dora is there.")
    fill(newcomer, username="dora", password=NEW)

    expect(newcomer.locator(".who")).to_have_text("dora")
    assert [address for address in asked if link.split("/")[-2] in address] == []


def test_a_forgotten_password(new_page: NewPage, demo_server: BookplateServer) -> None:
    page = new_page()
    page.goto(f"{demo_server.url}/sign-in/")
    page.get_by_role("link", name="Password forgotten?").click()
    fill(page, email="bob@example.org")
    expect(page.locator("h1")).to_have_text("Look into your mail")

    page.goto(mailed(demo_server, "password/new"))
    fill(page, new_password1=PASSWORD, new_password2=PASSWORD)  # the same again, for the tests after this one
    expect(page.locator(".message")).to_have_text("Your new password is set. Sign in with it.")
    fill(page, username="bob", password=PASSWORD)
    expect(page.locator(".who")).to_have_text("bob")


def test_another_mail_address(new_page: NewPage, demo_server: BookplateServer) -> None:
    page, mail = sign_in(new_page(), demo_server, "carol"), new_page()
    page.goto(f"{demo_server.url}/account/mail/")
    fill(page, email="c@example.org", password=PASSWORD)
    expect(page.locator(".message")).to_contain_text("A link was mailed to c@example.org.")

    mail.goto(mailed(demo_server, "account/mail"))
    mail.get_by_role("button", name="Yes, use it").click()
    expect(mail.locator(".message")).to_have_text("c@example.org is the mail address of carol now.")
