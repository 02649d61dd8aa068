"""Two browsers become friends, and one loses sight of the other's book when that ends."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.servers import BookplateServer
from tests.web.browsing import open_live, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def address(new_page: Callable[..., Page], demo_server: BookplateServer) -> str:
    """Of a book that alice has and shows to her friends; bob is none of them, but in her group."""
    page = sign_in(new_page(), demo_server, "alice")
    page.goto(f"{demo_server.url}/people/")
    page.click("text=your group")
    page.click(".hold-list a >> text=alice")
    page.locator("article .hold-list li a").first.click()
    return page.url


def test_friends_see_each_others_books_until_they_part(
    new_page: Callable[..., Page], demo_server: BookplateServer, address: str
) -> None:
    alice, bob = (sign_in(new_page(), demo_server, name) for name in ("alice", "bob"))
    bob.goto(address)
    hidden = bob.locator(".copy").count()
    open_live(alice, f"{demo_server.url}/people/")

    bob.goto(f"{demo_server.url}/people/")
    bob.fill("#id_username", "alice")
    bob.press("#id_username", "Enter")
    expect(bob.locator(".message")).to_have_text("You have asked alice to be your friend.")
    open_live(bob, f"{demo_server.url}/people/")

    # The request appears by itself where alice looks, and her answer where bob does.
    alice.get_by_role("button", name="Accept bob").click()
    expect(bob.get_by_role("button", name="End friendship with alice")).to_be_visible()
    bob.goto(address)
    expect(bob.locator(".copy")).to_have_count(hidden + 1)
    expect(bob.locator(".copy", has_text="belongs to alice")).to_be_visible()

    alice.get_by_role("button", name="End friendship with bob").click()
    expect(alice.locator(".message")).to_have_text("You and bob are friends no longer.")
    bob.reload()
    expect(bob.locator(".copy")).to_have_count(hidden)


def test_asking_and_withdrawing_need_no_scripts(new_page: Callable[..., Page], demo_server: BookplateServer) -> None:
    page = sign_in(new_page(java_script_enabled=False), demo_server, "bob")
    page.goto(f"{demo_server.url}/people/")
    page.fill("#id_username", "alice")
    page.click("text=Ask to be friends")
    page.get_by_role("button", name="Withdraw").click()

    expect(page.locator(".message")).to_have_text("The request between you and alice is gone.")
