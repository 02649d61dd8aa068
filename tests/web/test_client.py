"""`bookplate-client.js` in a real Chromium, on a page of ours with its Content-Security-Policy (G26, G27)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.cast import PASSWORD
from tests.lines import Line
from tests.servers import BookplateServer, wait_until
from tests.visitors import Visitor
from tests.web.browsing import sign_in

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]

MAKE = """async ({ cookie, since, username, password }) => {
  const { Bookplate } = await import("/static/web/bookplate-client.js");
  const library = new Bookplate(location.origin, { cookie });
  Object.assign(window, { library, heard: [], states: [], added: 0, resyncs: 0 });
  library.on("*", (event) => heard.push(event));
  library.on("state", (state) => states.push(state));
  library.on("book.added", () => added++);
  library.on("resync", () => resyncs++);
  if (!cookie) await library.signIn(username, password);
  library.connect(since);
}"""


@dataclass
class Client:
    """The module at work in somebody's page."""

    page: Page

    def start(self, name: str = "alice", *, cookie: bool = False, since: int | None = None) -> "Client":
        told = {"cookie": cookie, "username": name, "password": PASSWORD}
        self.page.evaluate(MAKE, told | ({} if since is None else {"since": since}))
        self.wait("library.state === 'connected'")
        return self

    def wait(self, condition: str, seconds: float = 30) -> None:
        """Not by Playwright, which would have the page evaluate a text, and that its policy forbids."""
        wait_until(lambda: bool(self.get(condition)), seconds)
        assert self.get(condition), (condition, self.get("[library.state, states, heard]"))

    def get(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    @property
    def books(self) -> list[int]:
        return [event["book"] for event in self.get("heard") if event["type"] == "book.added"]


@pytest.fixture(scope="module")
def server() -> Iterator[BookplateServer]:
    """Its access tokens end after 3 seconds."""
    with BookplateServer(demo=True, env={"BOOKPLATE_ACCESS_SECONDS": "3"}) as server:
        yield server


@pytest.fixture
def open_at(new_page: NewPage, page_errors: list[str]) -> Iterator[Callable[[str], Client]]:
    pages: list[Page] = []

    def open_at(url: str) -> Client:
        pages.append(new_page())
        pages[-1].goto(f"{url}/")
        return Client(pages[-1])

    yield open_at
    for page in pages:
        page.close()
    page_errors.clear()  # that a line was cut is told there


def add_book(server: BookplateServer, title: str = "One more") -> int:
    return int(Visitor(server, "librarian").post("/api/books/", {"title": title}).json()["id"])


def test_each_event_is_heard_once_and_in_order_however_often_the_line_breaks(
    open_at: Callable[[str], Client], server: BookplateServer
) -> None:
    numbers = []
    with Line(server.port) as line:
        alice = open_at(line.url).start()
        begun = alice.get("library.last")
        for _ in range(3):
            numbers.append(add_book(server))
            alice.wait(f"heard.length === {len(numbers)}")
            line.cut()
            alice.wait("library.state === 'cut off'")
            numbers += [add_book(server), add_book(server)]
            line.mend()
            alice.wait("library.state === 'connected'")
        alice.wait(f"heard.length >= {len(numbers)}")
        heard = alice.get("heard")

    told = Visitor(server, "alice").get(f"/api/events/?since={begun}").json()
    assert (alice.books, [event["id"] for event in heard]) == (numbers, [event["id"] for event in told])
    assert alice.get("added") == len(numbers)
    assert {"catching up", "connected", "cut off"} <= set(alice.get("states"))


def test_a_token_that_ends_is_renewed_and_nothing_is_missed(
    open_at: Callable[[str], Client], server: BookplateServer
) -> None:
    alice = open_at(server.url).start()
    first = alice.get("library.tokens.access")
    alice.wait(f"library.tokens.access !== '{first}'")
    number = add_book(server)
    alice.wait("heard.length === 1")

    assert alice.books == [number]
    assert not {"cut off", "signed out"} & set(alice.get("states"))


def test_the_api_is_called_by_whoever_is_signed_in_also_after_the_tokens_end(
    open_at: Callable[[str], Client], server: BookplateServer
) -> None:
    alice = open_at(server.url).start()
    alice.get("library.close()")
    spoilt = "library.keeper.setItem('bookplate', JSON.stringify({ ...library.tokens, access: 'over' }))"
    statuses = f"""async () => {{
      {spoilt};
      const answers = await Promise.all([1, 2, 3].map(() => library.fetch("/api/users/me/")));
      return Promise.all(answers.map(async (answer) => (await answer.json()).username));
    }}"""

    assert alice.get(statuses) == ["alice"] * 3


def test_whoever_is_signed_out_is_told_so_and_not_tried_again(
    open_at: Callable[[str], Client], server: BookplateServer
) -> None:
    alice = open_at(server.url).start()
    alice.get("library.fetch('/api/token/revoke/', { method: 'POST' })")
    alice.wait("library.state === 'signed out'")

    assert alice.get("library.tokens") is None


@pytest.mark.parametrize("cookie", [False, True], ids=["token", "cookie"])
def test_where_no_socket_comes_through_it_polls(
    open_at: Callable[[str], Client], server: BookplateServer, cookie: bool
) -> None:
    with Line(server.port, sockets=False) as line:
        alice = open_at(line.url)
        if cookie:
            sign_in(alice.page, server, "alice")
            alice.page.goto(line.url)
        alice.start(cookie=cookie)
        numbers = [add_book(server)]
        alice.wait("heard.length === 1")
        numbers.append(add_book(server))
        alice.wait("heard.length === 2")

    assert alice.books == numbers


def test_a_page_of_ours_goes_on_after_what_it_knows(open_at: Callable[[str], Client], server: BookplateServer) -> None:
    alice = open_at(server.url)
    sign_in(alice.page, server, "alice")
    since = Visitor(server, "alice").http.get("/api/events/?since=9007199254740991").headers["Last-Event"]
    missed = add_book(server)
    alice.start(cookie=True, since=int(since))
    alice.wait("heard.length === 1")

    assert alice.books == [missed]


def test_listeners_do_not_disturb_each_other_and_may_leave(
    open_at: Callable[[str], Client], server: BookplateServer
) -> None:
    alice = open_at(server.url)
    alice.page.on("pageerror", lambda error: None)
    alice.start()
    alice.get("""() => {
      window.twice = 0;
      library.on("book.added", () => { throw new Error("clumsy"); });
      library.on("book.added", () => twice++);
      window.leave = library.on("book.added", () => (window.stayed = true));
      leave();
    }""")
    add_book(server)
    alice.wait("twice === 1")

    assert (alice.get("window.stayed"), alice.get("heard.length")) == (None, 1)

    alice.get("library.close()")
    add_book(server)
    assert (alice.get("library.state"), alice.get("heard.length")) == ("closed", 1)


def test_a_library_restored_from_a_backup_has_everything_read_anew(
    open_at: Callable[[str], Client], server: BookplateServer
) -> None:
    alice = open_at(server.url)
    alice.start(since=1_000_000)
    number = add_book(server)
    alice.wait("heard.length === 1")

    assert (alice.get("resyncs"), alice.books) == (1, [number])


def test_what_is_not_kept_any_more_has_everything_read_anew(
    open_at: Callable[[str], Client], server: BookplateServer
) -> None:
    newest = Visitor(server, "alice").http.get("/api/events/?since=9007199254740991").headers["Last-Event"]
    server.remove_events_before(int(newest))
    alice = open_at(server.url)
    alice.start(since=1)
    number = add_book(server)
    alice.wait(f"heard.some(({{ book }}) => book === {number})")

    assert alice.get("resyncs") == 1
