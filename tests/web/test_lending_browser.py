"""Two people lend to each other on the screens of two phones; what the one does the other sees without a reload."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.servers import BookplateServer
from tests.visitors import Visitor
from tests.web.browsing import open_live, sign_in

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
TITLE, OTHER = "The house with the blue shutters", "The house without a door"


@dataclass
class Phone:
    page: Page
    url: str

    def open(self, path: str) -> None:
        open_live(self.page, self.url + path)

    def tap(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).tap()

    def shows(self, *words: str) -> None:
        """On this book's line of the page, as it is or as it becomes by itself."""
        for text in words:
            expect(self.line).to_contain_text(text)

    @property
    def line(self) -> Locator:
        return self.page.get_by_role("listitem").filter(has_text=TITLE).first

    def told(self, words: str) -> None:
        expect(self.page.get_by_role("main").get_by_role("status").first).to_have_text(words)

    def fits(self) -> None:
        assert self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]  # type: ignore[index]


@pytest.fixture
def books(demo_server: BookplateServer) -> tuple[int, str]:
    """One that alice has, to lend to anybody; and the barcode of another."""
    librarian, alice = Visitor(demo_server, "librarian"), Visitor(demo_server, "alice")
    books = [librarian.post("/api/books/", {"title": title}).json()["id"] for title in (TITLE, OTHER)]
    copies = [alice.post("/api/copies/", {"book": book, "visibility": "everyone"}).json() for book in books]
    return books[0], copies[1]["barcode"]


@pytest.fixture
def phone(new_page: Callable[..., Page], demo_server: BookplateServer) -> Callable[[str], Phone]:
    return lambda name: Phone(sign_in(new_page(**PHONE), demo_server, name), demo_server.url)


def test_two_people_lend_to_each_other_on_two_phones(
    phone: Callable[[str], Phone], demo_server: BookplateServer, books: tuple[int, str]
) -> None:
    book, other = books
    alice, bob = phone("alice"), phone("bob")
    alice.open("/my/shelf/")
    alice.shows("In")

    ask(bob, book, "For the train?")
    alice.shows("Bob would like", "For the train?")
    write(alice, "It is lent to my mother")
    # Meanwhile her page has something new to show: what she is writing stays.
    Visitor(demo_server, "bob").post("/api/holds/", {"copy": other})
    alice.page.wait_for_timeout(400)
    alice.tap(f"Do not lend {TITLE} to Bob")
    alice.told("Bob learns that it cannot be.")
    expect(alice.page.get_by_role("listitem").filter(has_text=OTHER).first).to_contain_text("Bob would like")
    bob.shows("It is lent to my mother", "they would rather not")

    ask(bob, book, "And now?")
    alice.shows("Bob would like", "And now?")
    write(alice, "Come on Sunday")
    alice.tap(f"Lend {TITLE} to Bob")
    alice.told(f"“{TITLE}” is kept for Bob. Say so here when you have handed it over.")
    bob.shows("Come on Sunday", "ready for you until")

    alice.tap(f"{TITLE} is handed over to Bob")
    alice.shows("with Bob until", "On loan")
    bob.shows("due in 21 days")
    bob.tap(f"Renew {TITLE}")
    bob.shows("due in 42 days")

    bob.tap(f"{TITLE} is given back")
    bob.told(f"“{TITLE}” is back with its owner.")
    alice.shows("In")
    expect(alice.line).not_to_contain_text("with Bob")
    alice.fits()
    bob.fits()


def ask(friend: Phone, book: int, message: str) -> None:
    friend.open(f"/books/{book}/")
    friend.page.get_by_role("textbox", name="A word to them").tap()
    friend.page.keyboard.type(message)
    friend.page.get_by_role("button", name="Ask for copy").tap()
    friend.told(f"You have asked for “{TITLE}”. The answer stands here.")
    friend.shows("asked on")


def write(owner: Phone, words: str) -> None:
    owner.line.get_by_role("textbox", name="A word to them").tap()
    owner.page.keyboard.type(words)
