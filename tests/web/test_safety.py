"""What holds on every page: the policy for scripts and styles, and that text is never markup (G31)."""

import re
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client, override_settings

from bookplate.catalog.importing.models import Import, ImportFailure
from bookplate.catalog.models import Book, Copy
from bookplate.lending import holds
from bookplate.lending.models import Loan
from bookplate.people.models import Member, User
from tests.web.table import PAGES

Visit = Callable[[User | None], Client]
DOWNLOADS = {"import-failed", "import-reasons", "privacy-data", "member-cards"}
SHOWN = [page for method, page in map(str.split, PAGES) if method == "GET" and page not in DOWNLOADS]
EVIL = """<script>alert(1)</script>"><img src=x onerror=alert(1)>'{{ 7 }}"""


class Inline(HTMLParser):
    """Collects what a strict policy forbids, and what does not belong into our pages at all."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = dict(attributes)
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in names if name == "style" or re.match("on|hx-on|hx-vals", name)]
        self.found += [
            f"{tag} {value}" for value in names.values() if value and re.match("javascript:|https?://", value)
        ]


def inline(html: str) -> list[str]:
    parser = Inline()
    parser.feed(html)
    return parser.found


@pytest.fixture
def everything(visit: Visit, addresses: dict[str, str], admin: User) -> Callable[[], Iterator[tuple[str, Any]]]:
    """All pages as an admin gets them, and as nobody does where those differ."""

    def everything() -> Iterator[tuple[str, Any]]:
        for page in SHOWN:
            yield page, visit(None if page == "sign-in" else admin).get(addresses[page])
        yield "not found", visit(None).get("/nothing/here/")
        yield "forbidden", visit(User.objects.get(username="alice")).get("/desk/")

    return everything


def html(answers: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    """What a browser shows; a spreadsheet is only kept."""
    return [(page, answer.text) for page, answer in answers if answer["Content-Type"].startswith("text/html")]


def test_no_page_holds_inline_scripts_styles_or_other_sites(everything: Callable[[], Any]) -> None:
    with override_settings(DEMO=True):
        assert {page: inline(text) for page, text in html(everything()) if inline(text)} == {}


def test_every_page_carries_the_policy_and_is_kept_by_nobody(everything: Callable[[], Any]) -> None:
    for page, answer in everything():
        policy = answer["Content-Security-Policy"]
        assert ("default-src 'none'" in policy, "unsafe" in policy) == (True, False), page
        if page == "cover":  # its address has the hash of what is in it
            assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        elif page not in ("not found", "forbidden", "sign-in") and answer.status_code != 404:
            assert "no-store" in answer["Cache-Control"], page


def test_markup_in_titles_names_and_reasons_shows_as_text(
    everything: Callable[[], Any], visit: Visit, spare: Book, alice: User, admin: User, job: Import, settings: Any
) -> None:
    settings.LIBRARY_NAME = EVIL
    Book.objects.update(title=EVIL, author=EVIL, publisher=EVIL, edition=EVIL, subjects=EVIL, language='"><i>')
    Copy.objects.update(shelfmark=EVIL)
    Member.objects.update(firstname=EVIL, notes=EVIL)
    Import.objects.update(name=EVIL, problem=EVIL)
    ImportFailure.objects.update(reason=EVIL, field="<b>")
    holds.place(spare, alice.member)
    pages = html(everything())
    pages.append(("my loans", visit(alice).get("/my/loans/").text))
    pages.append(("members", visit(admin).get("/members/", {"search": EVIL, "since": EVIL}).text))
    pages.append(("search", visit(None).get("/", {"search": EVIL}).text))
    pages += [
        (entry, visit(admin).post("/desk/", {"entry": entry}).text) for entry in ("card-alice", "script", EVIL, "B1")
    ]

    for page, text in pages:
        assert ("<script>alert" in text, "<img src=x" in text, "<i>" in text) == (False, False, False), page
        assert inline(text) == [], page


def test_every_form_is_refused_without_its_token(addresses: dict[str, str], admin: User, loan: Loan) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    forms = [operation.split()[1] for operation in PAGES if operation.startswith("POST")]

    assert {client.post(addresses[page]).status_code for page in forms} == {403}
    assert Loan.objects.open().count() == 1


def test_session_cookie_is_out_of_reach_of_scripts(alice: User) -> None:
    client = Client()
    client.post("/sign-in/", {"username": "alice", "password": "bookplate-demo"})
    cookie = client.cookies["sessionid"]

    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_under_https_cookies_travel_by_https_alone(alice: User, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True  # as BOOKPLATE_HTTPS does
    client = Client()
    client.post("/sign-in/", {"username": "alice", "password": "bookplate-demo"}, secure=True)
    client.get("/sign-in/", secure=True)

    cookies = {
        name: (cookie["httponly"], cookie["samesite"], cookie["secure"]) for name, cookie in client.cookies.items()
    }
    assert cookies == dict.fromkeys(["sessionid", "csrftoken"], (True, "Lax", True))
