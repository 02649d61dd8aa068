"""Three browsers agree through a day at the desk, one of them cut off from the network and back."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.lines import Line
from tests.servers import BookplateServer
from tests.visitors import Visitor
from tests.web.browsing import open_live, scan, sign_in

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]

CARD = "M0005"


@pytest.fixture
def line(demo_server: BookplateServer) -> Iterator[Line]:
    with Line(demo_server.port) as line:
        yield line


@pytest.fixture
def copy(demo_server: BookplateServer) -> tuple[int, str]:
    """A book with one copy."""
    librarian = Visitor(demo_server, "librarian")
    book = librarian.post("/api/books/", {"title": "The long day"}).json()["id"]
    return book, librarian.post("/api/copies/", {"book": book}).json()["barcode"]


def test_three_browsers_agree_though_one_was_cut_off(
    new_page: NewPage, demo_server: BookplateServer, line: Line, copy: tuple[int, str], page_errors: list[str]
) -> None:
    book, barcode = copy
    desk, other = (sign_in(new_page(), demo_server, name) for name in ("assistant", "librarian"))
    reader = new_page()
    for page, name in ((desk, "assistant"), (other, "librarian")):
        open_live(page, f"{demo_server.url}/desk/")
        assert name in page.locator(".who").inner_text()
    reader.goto(f"{line.url}/sign-in/")
    reader.fill("#id_username", "bob")
    reader.fill("#id_password", "bookplate-demo")
    reader.press("#id_password", "Enter")
    reader.wait_for_selector(".who")
    open_live(reader, f"{line.url}/books/{book}/")

    def agree(*, out: bool) -> None:
        for page in (desk, other):
            expect(page.locator("#member .number", has_text=barcode)).to_have_count(1 if out else 0)
        expect(reader.locator("#copies .state")).to_have_text("On loan" if out else "In")

    # Both desks have the same member before them; what one does the other shows.
    scan(desk, CARD)
    scan(other, CARD)
    expect(other.locator("#member")).to_be_visible()
    scan(desk, barcode)
    agree(out=True)
    expect(other.locator("#entry")).to_be_focused()

    line.cut()
    expect(reader.locator("#connection")).to_have_text("Offline, trying again. What you see may be old.")
    desk.keyboard.press("Control+z")
    for page in (desk, other):
        expect(page.locator("#member .number", has_text=barcode)).to_have_count(0)
    expect(reader.locator("#copies .state")).to_have_text("On loan")

    line.mend()
    agree(out=False)
    expect(reader.locator("#connection")).to_have_text("", timeout=15_000)
    other.keyboard.type("half a na")
    scan(desk, barcode)
    agree(out=True)
    expect(other.locator("#entry")).to_have_value("half a na")
    reader.close()
    page_errors.clear()  # that the line was cut is told there


def test_what_waits_for_somebody_is_counted_beside_its_place_as_it_comes(
    new_page: NewPage, demo_server: BookplateServer
) -> None:
    alice = sign_in(new_page(), demo_server, "alice")
    open_live(alice, f"{demo_server.url}/account/")
    requests = Visitor(demo_server, "alice").get("/api/friend-requests/").json()
    before = sum(request["asked"]["username"] == "alice" for request in requests)
    bob = Visitor(demo_server, "bob")
    asked = bob.post("/api/friend-requests/", {"username": "alice"})
    assert asked.status_code == 201, asked.text

    expect(alice.locator("#notice-people")).to_have_text(f"{before + 1} to answer")

    bob.http.delete(f"/api/friend-requests/{asked.json()['id']}/")
    expect(alice.locator("#notice-people")).to_have_text(f"{before} to answer" if before else "")
