"""Every page: no serious fault that axe can find, in light and dark, and nothing wider than a phone."""

import gzip
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.conftest import loop_running, watched
from tests.servers import ROOT, BookplateServer, wait_until
from tests.visitors import Visitor
from tests.web.browsing import scan, sign_in
from tests.web.conftest import LIST

pytestmark = pytest.mark.browser

# Name → who looks, where, and what they type there.
PAGES: dict[str, tuple[str, str, list[str]]] = {
    "sign-in": ("", "/sign-in/", []),
    "catalogue": ("", "/", []),
    "catalogue, nothing found": ("", "/?search=zzzzqqqq&available=on", []),
    "catalogue, a search": ("librarian", "/?search=the&language=en", []),
    "catalogue, a misspelt search": ("", "/?search=hobit", []),
    "book": ("librarian", "/books/1/", []),
    "add a book": ("librarian", "/books/add/", []),
    "edit a book": ("librarian", "/books/1/edit/", []),
    "remove a book": ("librarian", "/books/1/remove/", []),
    "add a copy": ("librarian", "/books/1/copies/add/", []),
    "add a copy of mine": ("alice", "/books/1/copies/mine/", []),
    "add a book of mine": ("alice", "/books/add/", []),
    "edit a copy": ("librarian", "/copies/1/edit/", []),
    "remove a copy": ("librarian", "/copies/1/remove/", []),
    "my loans": ("alice", "/my/loans/", []),
    "my loans, waiting": ("bob", "/my/loans/", []),
    "my shelf": ("alice", "/my/shelf/", []),
    "condition of a copy": ("assistant", "/copies/1/condition/", []),
    "holds shelf": ("assistant", "/desk/holds/", []),
    "overdue": ("assistant", "/desk/lists/overdue/", []),
    "what to pull": ("assistant", "/desk/lists/to-pull/", []),
    "what came back": ("assistant", "/desk/lists/returned/", []),
    "reminders": ("assistant", "/desk/reminders/", []),
    "which reminders one gets": ("alice", "/account/reminders/", []),
    "renew by mail, too late": ("", "/loans/renew/x/", []),
    "slip": ("assistant", "/holds/3/slip/", []),
    "queue": ("librarian", "/books/1/queue/", []),
    "people": ("alice", "/people/", []),
    "person": ("alice", "/people/6/", []),
    "group": ("alice", "/groups/2/", []),
    "profile": ("alice", "/account/profile/", []),
    "account": ("alice", "/account/", []),
    "sign-ins": ("alice", "/account/sign-ins/", []),
    "accounts": ("admin", "/accounts/?search=a", []),
    "an account": ("admin", "/accounts/1/", []),
    "tokens": ("librarian", "/account/tokens/", []),
    "webhooks": ("librarian", "/account/webhooks/", []),
    "a webhook": ("librarian", "/account/webhooks/1/", []),
    "privacy": ("alice", "/account/privacy/", []),
    "audit": ("admin", "/audit/", []),
    "change the password": ("alice", "/password/", []),
    "change the name": ("alice", "/account/name/", []),
    "change the mail address": ("alice", "/account/mail/", []),
    "confirm a mail address, too late": ("", "/account/mail/confirm/", []),
    "password forgotten": ("", "/password/forgotten/", []),
    "new password, too late": ("", "/password/new/MQ/x/", []),
    "register": ("", "/register/", []),
    "an invitation that is over": ("", "/register/x/", []),
    "invitations": ("librarian", "/invitations/", []),
    "my card": ("alice", "/account/card/", []),
    "members": ("librarian", "/members/", []),
    "members, nobody found": ("assistant", "/members/?search=zzzz&since=2020-01-01", []),
    "add a member": ("librarian", "/members/add/", []),
    "member": ("librarian", "/members/4/", []),
    "member without an account": ("assistant", "/members/7/", []),
    "remove a member": ("librarian", "/members/7/remove/", []),
    "desk": ("assistant", "/desk/", []),
    "desk, names": ("assistant", "/desk/", ["a"]),
    "desk, a mistake": ("assistant", "/desk/", ["nobody knows this"]),
    "desk, a member": ("assistant", "/desk/", ["alice", "ArrowDown", "Enter"]),
    "policy": ("librarian", "/policy/", []),
    "terms of a group": ("librarian", "/policy/groups/1/", []),
    "labels": ("librarian", "/labels/", []),
    "measure a sheet": ("librarian", "/labels/sheets/add/", []),
    "fill in what is missing": ("librarian", "/fillings/", []),
    "duplicates": ("librarian", "/duplicates/", []),
    "maybe other editions": ("librarian", "/duplicates/?maybe=on", []),
    "two side by side": ("librarian", "/duplicates/1/2/", []),
    "what was merged": ("librarian", "/merges/", []),
    "imports": ("librarian", "/imports/", []),
    "an import with a failed row": ("librarian", "/imports/1/", []),
    "columns of a list": ("librarian", "/imports/2/columns/?title=1&author=2", []),
    "a packed list that failed": ("librarian", "/imports/3/", []),
    "forbidden": ("alice", "/desk/", []),
    "not found": ("", "/nothing/here/", []),
}


@pytest.fixture(scope="session")
def errors() -> list[str]:
    """What the pages wrote to the console as an error, and what they threw."""
    return []


@pytest.fixture(scope="session")
def page_of(browser: Browser, demo_server: BookplateServer, errors: list[str]) -> Callable[[str], Page]:
    """One for each person, signed in once, which goes from page to page as somebody does who looks around."""
    pages: dict[str, Page] = {}

    def page_of(who: str) -> Page:
        if who not in pages:
            page = browser.new_context().new_page()
            sign_in(page, demo_server, who) if who else page.goto(demo_server.url)
            pages[who] = watched(page, errors)
        return pages[who]

    return page_of


@pytest.fixture(scope="session")
def brought_in(demo_server: BookplateServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file with a good row and a bad one."""
    path = tmp_path_factory.mktemp("lists") / "list.csv"
    path.write_bytes(LIST)
    command = [sys.executable, str(ROOT / "manage.py"), "import_books", str(path)]
    subprocess.run(command, env=demo_server.environment(), check=True, capture_output=True)
    bring(demo_server, gzip.compress(b"Werk,Wer,Wo\nEmma,Austen,R 5\n,Lem,R 6\n"))
    bring(demo_server, b"\x1f\x8b damaged")


def bring(server: BookplateServer, packed: bytes) -> None:
    """And wait until the worker has unpacked it, or not been able to."""
    librarian = Visitor(server, "librarian")
    made = librarian.http.post("/api/imports/", files={"file": ("list.gz", packed)})
    wait_until(lambda: librarian.get(made.headers["Location"]).json()["state"] in ("asking", "failed"))


@pytest.fixture(scope="session")
def hooked(demo_server: BookplateServer) -> None:
    """A webhook to where nobody is, so that something failed."""
    made = Visitor(demo_server, "librarian").post("/api/webhooks/", {"address": "https://hooks.invalid/"})
    assert made.status_code == 201, made.text


@pytest.fixture
def look(
    brought_in: None,
    hooked: None,
    browser: Browser,
    page_of: Callable[[str], Page],
    demo_server: BookplateServer,
    errors: list[str],
) -> Iterator[Callable[[str], Page]]:
    def look(name: str) -> Page:
        who, path, keys = PAGES[name]
        page = page_of(who)
        page.set_viewport_size({"width": 1280, "height": 800})
        page.emulate_media(color_scheme="light")
        page.goto(demo_server.url + path)
        for key in keys:
            page.keyboard.press(key) if key[0].isupper() else scan(page, key)
            page.wait_for_load_state("networkidle")
        errors[:] = [error for error in errors if "status of 40" not in error]
        return page

    with loop_running(browser):
        yield look
    found = errors.copy()
    errors.clear()  # each test answers for its own
    assert found == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_serious_fault_and_nothing_is_wider_than_the_screen(
    name: str, look: Callable[[str], Page]
) -> None:
    page = look(name)
    assert serious_faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert serious_faults(page, "color-contrast") == []  # what the dark can change
    for width in (320, 360, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_name_in_a_table_is_not_broken_letter_by_letter(look: Callable[[str], Page]) -> None:
    page = look("imports")
    page.set_viewport_size({"width": 360, "height": 800})
    cell = page.locator("tbody td").first.bounding_box()

    assert cell and cell["width"] >= 140


def test_an_open_menu_is_as_good_and_fits(look: Callable[[str], Page]) -> None:
    page = look("accounts")
    for menu in ("Today", "Manage"):
        page.locator("summary").filter(has_text=menu).click()
        for width in (320, 390, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            box = page.locator(".menu[open] ul").bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
    assert serious_faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert serious_faults(page, "color-contrast") == []


def serious_faults(page: Page, *rules: str) -> list[tuple[str, list[str]]]:
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)  # once for a page: it is half a megabyte
    found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **only})["violations"]
    serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in serious]


def test_axe_would_find_a_serious_fault(look: Callable[[str], Page]) -> None:
    page = look("catalogue")
    page.evaluate("document.querySelector('label[for=id_search]').remove()")
    page.evaluate("document.getElementById('id_search').placeholder = ''")

    assert [rule for rule, _ in serious_faults(page)] == ["label"]

    page.evaluate("document.body.style.cssText = 'color: #888; background: #999'")
    assert [rule for rule, _ in serious_faults(page, "color-contrast")] == ["color-contrast"]
