"""A whole day at the desk in a real Chromium, by keyboard alone, read as a screen reader would: by role and name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.cast import PASSWORD
from tests.servers import BookplateServer
from tests.visitors import Visitor
from tests.web.browsing import scan

pytestmark = pytest.mark.browser

TIDES, CLOUDS, MOSS, KNOTS = "Tide tables for beginners", "A field guide to clouds", "Mosses of the coast", "Knots"
TITLES = {"DAY1": TIDES, "DAY2": CLOUDS, "DAY3": MOSS, "DAY4": KNOTS}


@pytest.fixture
def stock(demo_server: BookplateServer) -> Iterator[None]:
    """Four books, three people, and a library that lends three at once."""
    librarian = Visitor(demo_server, "librarian")
    for barcode, title in TITLES.items():
        book = librarian.post("/api/books/", {"title": title, "author": "Somebody"}).json()["id"]
        librarian.post("/api/copies/", {"book": book, "barcode": barcode, "shelfmark": "500 SOM"})
    librarian.post("/api/members/", {"firstname": "Mina", "card": "DAY-MINA", "notes": "Owes us a cake"})
    librarian.post("/api/members/", {"firstname": "Otto", "card": "DAY-OTTO"})
    librarian.post("/api/members/", {"firstname": "Emil", "card": "DAY-EMIL", "expires_on": "2020-01-31"})
    usual = librarian.get("/api/policy/").json()["loans_at_once"]
    librarian.http.patch("/api/policy/", json={"loans_at_once": 3})
    yield
    librarian.http.patch("/api/policy/", json={"loans_at_once": usual})


@dataclass
class Desk:
    """The desk as somebody has it who uses neither mouse nor eyes."""

    page: Page
    printed: list[Any] = field(default_factory=list)

    @property
    def line(self) -> Locator:
        return self.page.get_by_role("textbox", name="Card, barcode or name")

    def scan(self, *entries: str) -> None:
        """Into the line, which has the focus, and has it again with the answer."""
        for entry in entries:
            expect(self.line).to_be_focused()
            scan(self.page, entry)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def choose(self, button: str, role: Any = "button") -> None:
        """Down from the line to something that can be done, and Enter."""
        expect(self.line).to_be_focused()
        wanted = self.page.get_by_role(role, name=button)
        expect(wanted).to_be_visible()
        for _ in range(20):
            self.press("ArrowDown")
            if wanted.evaluate("it => it === document.activeElement"):
                return self.press("Enter")
        raise AssertionError(f"{button} is not reached by the arrow keys.")

    def go(self, link: str, role: Any = "link") -> None:
        """By Tab to something of the page, and Enter."""
        self._reach(self.page.get_by_role(role, name=link, exact=True))

    def opens(self, menu: str) -> None:
        self._reach(self.page.locator("summary").filter(has_text=menu))

    def _reach(self, wanted: Locator) -> None:
        expect(wanted).to_be_attached()
        for _ in range(60):
            self.press("Tab")
            if wanted.evaluate("it => it === document.activeElement"):
                return self.press("Enter")
        raise AssertionError(f"{wanted} is not reached by Tab.")

    def says(self, words: str) -> None:
        """The newest line of the log, and that nothing went wrong."""
        newest = self.page.get_by_role("log", name="Done here").get_by_role("listitem").first
        expect(newest).to_contain_text(words)
        expect(self.page.get_by_role("alert")).to_have_text("")

    def refuses(self, words: str) -> None:
        expect(self.page.get_by_role("alert")).to_contain_text(words)

    def shows(self, name: str, words: str) -> None:
        expect(self.page.get_by_role("region", name=name)).to_contain_text(words)

    def is_idle(self) -> None:
        expect(self.page.get_by_role("main")).to_contain_text("Scan or type a card to lend")


@pytest.fixture
def desk(new_page: Callable[..., Page], demo_server: BookplateServer, stock: None) -> Desk:
    """Signed in by keyboard, too."""
    page = new_page()
    desk = Desk(page)
    page.context.expose_function("printed", lambda: desk.printed.append(1))
    page.context.add_init_script("window.print = () => printed()")
    page.goto(f"{demo_server.url}/desk/")
    expect(page.get_by_role("textbox", name="Username")).to_be_focused()
    page.keyboard.type("assistant")
    desk.press("Tab")
    scan(page, PASSWORD)
    expect(page.get_by_role("heading", name="Desk")).to_be_visible()
    return desk


def test_a_day_at_the_desk_by_keyboard_alone(desk: Desk) -> None:
    lends_a_stack(desk)
    reserves_for_somebody(desk)
    takes_the_stack_back(desk)
    prints_the_slip_and_hands_over(desk)
    says_what_became_of_a_copy(desk)
    reads_the_lists_of_the_day(desk)


def lends_a_stack(desk: Desk) -> None:
    desk.scan("DAY-MINA")
    desk.shows("Mina", "Owes us a cake")
    desk.scan("DAY1", "DAY2", "DAY3", "DAY4")
    desk.refuses("Mina has 3 books, as many as are allowed.")
    desk.shows("Mina", "3 books")
    desk.choose(f"Renew: {TIDES}")
    desk.says(f"“{TIDES}” is renewed for Mina, due on")
    desk.press("Escape")
    desk.is_idle()

    desk.scan("DAY-EMIL", "DAY4")
    desk.shows("Emil", "This card was good until 31 January 2020.")
    desk.refuses("Emil's card was good until 31 January 2020.")
    desk.scan("")
    desk.is_idle()


def reserves_for_somebody(desk: Desk) -> None:
    desk.scan("otto")
    desk.choose("Otto DAY-OTTO")
    desk.shows("Otto", "nothing borrowed")
    desk.scan("tide tables")
    desk.choose(f"Reserve: {TIDES}")
    desk.says(f"“{TIDES}” is reserved for Otto, number 1 in line.")
    desk.scan("DAY1")
    desk.refuses("is on loan. Take it back first. Press Escape, then scan it once more.")
    desk.press("Escape")


def takes_the_stack_back(desk: Desk) -> None:
    desk.scan("DAY3", "DAY2")
    desk.says(f"{CLOUDS} is back. Mina had it.")
    desk.press("Control+z")
    desk.says(f"“{CLOUDS}” is with Mina again.")
    desk.scan("DAY2", "DAY1")
    desk.says("Held for Otto: put it on the holds shelf.")
    desk.shows(TIDES, "Held Held for Otto DAY-OTTO: put it on the holds shelf.")


def prints_the_slip_and_hands_over(desk: Desk) -> None:
    with desk.page.expect_popup() as opened:
        desk.choose("Slip for Otto", "link")
    slip = opened.value
    expect(slip.get_by_role("heading", name="Otto")).to_be_visible()
    expect(slip.get_by_role("button", name="Print it")).to_be_focused()
    slip.keyboard.press("Enter")
    slip.wait_for_timeout(50)
    slip.close()
    assert desk.printed == [1]
    desk.shows(TIDES, "Held for Otto")

    desk.scan("DAY-MINA", "DAY1")
    desk.refuses("is held for another member.")
    desk.scan("DAY-OTTO")
    desk.shows("Otto", f"On the holds shelf for them: {TIDES}")
    desk.scan("DAY1")
    desk.says(f"{TIDES} lent to Otto, due on")
    desk.press("Control+z")
    desk.says(f"“{TIDES}” was not lent to Otto after all.")
    desk.scan("DAY1")
    desk.press("Escape")
    desk.scan("DAY1")
    desk.says(f"{TIDES} is back. Otto had it.")


def says_what_became_of_a_copy(desk: Desk) -> None:
    desk.choose(f"Damaged: {TIDES}")
    desk.says(f"“{TIDES}” (DAY1) is damaged.")
    desk.choose(f"Good, and here: {TIDES}")
    desk.says(f"“{TIDES}” (DAY1) is in.")

    desk.scan("DAY-MINA", "DAY4")
    desk.says(f"{KNOTS} lent to Mina")
    desk.choose(f"Lost: {KNOTS}")
    desk.says(f"“{KNOTS}” (DAY4) is lost.")
    # Whoever has tabbed away and scans presses no button by it.
    desk.press("Escape")
    desk.is_idle()
    desk.press("Tab", "Tab", "Tab")
    expect(desk.line).not_to_be_focused()
    scan(desk.page, "DAY4")
    desk.refuses("(DAY4) is not on loan.")
    desk.choose(f"Good, and here: {KNOTS}")
    desk.says(f"“{KNOTS}” (DAY4) is in.")
    expect(desk.line).to_be_focused()


def reads_the_lists_of_the_day(desk: Desk) -> None:
    desk.opens("Today")
    desk.go("Overdue")
    desk.shows("Overdue", "Alice")
    desk.go("To pull for holds")
    expect(desk.page.get_by_role("heading", name="To pull for holds")).to_be_visible()
    desk.go("Came back today")
    desk.shows("Came back today", TIDES)
    desk.go("Sign out", "button")
    expect(desk.page.get_by_role("link", name="Sign in")).to_be_visible()
