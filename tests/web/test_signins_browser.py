"""In a real Chromium: a sign-in that is ended on one device is over on the other, by itself."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.servers import BookplateServer
from tests.web.browsing import open_live, sign_in

pytestmark = pytest.mark.browser
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)


def test_another_devices_sign_in_is_ended(new_page: Callable[..., Page], demo_server: BookplateServer) -> None:
    here, phone = sign_in(new_page(), demo_server, "bob"), sign_in(new_page(user_agent=PHONE), demo_server, "bob")
    open_live(phone, f"{demo_server.url}/my/loans/")

    here.click(".who")
    here.click("text=Where I am signed in")
    expect(here.locator(".sign-in", has_text="this browser")).to_have_count(1)
    here.click("button[aria-label='End the sign-in of Chrome on Android']")

    expect(here.locator(".message")).to_contain_text("Chrome on Android is signed out.")
    expect(phone.locator("#connection")).to_contain_text("You are signed out.", timeout=5_000)
    phone.goto(f"{demo_server.url}/my/loans/")
    expect(phone).to_have_url(f"{demo_server.url}/sign-in/?next=/my/loans/")
    here.goto(f"{demo_server.url}/my/loans/")
    expect(here.locator(".who")).to_have_text("bob")
