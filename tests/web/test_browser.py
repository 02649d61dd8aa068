"""In a real Chromium, against a real server: what only the scripts of the pages can get wrong."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.servers import BookplateServer
from tests.web.browsing import open_live, scan, sign_in

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


@pytest.fixture
def desk(new_page: NewPage, demo_server: BookplateServer) -> Page:
    page = sign_in(new_page(), demo_server, "assistant")
    page.goto(f"{demo_server.url}/desk/")
    return page


@pytest.fixture
def dune(page: Page, demo_server: BookplateServer) -> tuple[str, str]:
    """The address of a book and the barcode of a copy of it that is in."""
    page.goto(f"{demo_server.url}/?available=on")
    page.click(".card a")
    copy = page.locator(".copy", has=page.locator(".state.in")).first
    return page.url, copy.locator(".number").inner_text()


def card_of(page: Page, server: BookplateServer, username: str) -> str:
    sign_in(page, server, username).goto(f"{server.url}/my/loans/")
    return page.locator("#my-loans .number").inner_text()


def test_search_as_you_type_and_back(page: Page, demo_server: BookplateServer) -> None:
    page.goto(demo_server.url)
    page.locator("#id_search").press_sequentially("jane austen", delay=20)

    expect(page.locator("#count")).to_contain_text("for “jane austen”")
    expect(page).to_have_url(re.compile(r"/\?search=jane\+austen$"))
    authors = set(page.locator(".card-author").all_inner_texts())
    assert authors and all("Austen" in author for author in authors)

    page.go_back()

    expect(page.locator("#id_search")).to_have_value("")
    expect(page.locator("#count")).to_contain_text("The first 48 books")


def test_a_slip_is_mended_narrowed_down_and_gone_back_from_without_a_reload(
    page: Page, demo_server: BookplateServer
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(demo_server.url)
    page.evaluate("document.body.dataset.same = 'yes'")
    page.locator("#id_search").press_sequentially("hobit", delay=20)

    expect(page.locator("#count")).to_contain_text("Showing results for “hobbit”")
    expect(page.locator(".card-title").first).to_have_text("The Hobbit")

    page.click("#count >> text=Search instead for")

    expect(page.locator("#results")).to_contain_text("Nothing matches “hobit”")
    expect(page).to_have_url(re.compile(r"\?search=hobit&exact=true$"))

    page.locator("#id_search").fill("the")
    english = page.locator("[data-facet=language] li", has_text="English")
    count = english.locator(".number").inner_text()
    english.locator("a").click()

    expect(page.locator("#count")).to_contain_text(f"{count} book")
    expect(page.locator(".chip")).to_contain_text("English")
    expect(page).to_have_url(re.compile(r"\?search=the&language=en$"))
    assert page.evaluate("document.body.dataset.same") == "yes"

    page.go_back()

    expect(page.locator("#id_search")).to_have_value("the")
    expect(page.locator(".chip")).to_have_count(0)


def test_a_search_is_suggested_while_typing(page: Page, demo_server: BookplateServer) -> None:
    page.goto(demo_server.url)
    page.locator("#id_search").press_sequentially("hob", delay=20)

    expect(page.locator("#suggested option[value*=hobbit i]")).to_have_count(1)


def test_on_a_phone_what_to_narrow_down_to_waits_until_it_is_wanted(
    new_page: NewPage, demo_server: BookplateServer
) -> None:
    page = new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{demo_server.url}/?search=the")
    expect(page.locator("[data-facet=language]")).to_be_hidden()

    page.click("#narrow > summary")

    expect(page.locator("[data-facet=language]")).to_be_visible()


def test_more_books_follow_and_the_keyboard_goes_on_there(page: Page, demo_server: BookplateServer) -> None:
    page.goto(demo_server.url)
    page.locator("#more a").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".card")).to_have_count(96)
    expect(page.locator(".card:nth-child(49) a")).to_be_focused()


def test_lend_and_take_back_by_keyboard_while_another_browser_shows_it(
    desk: Page, new_page: NewPage, demo_server: BookplateServer, dune: tuple[str, str]
) -> None:
    address, barcode = dune
    other = sign_in(new_page(), demo_server, "bob")
    card = card_of(new_page(), demo_server, "carol")
    open_live(other, address)
    before = other.locator(".copy .state.out").count()

    scan(desk, card)
    scan(desk, barcode)

    expect(desk.locator(".member h2")).to_have_text("Carol")
    expect(desk.locator("#lines li.lent")).to_have_count(1)
    expect(other.locator(".copy .state.out")).to_have_count(before + 1)
    expect(other.locator(".copy", has_text=barcode)).to_contain_text("due back on")
    assert "Carol" not in other.locator("#copies").inner_text()

    desk.keyboard.press("Escape")
    scan(desk, barcode)

    expect(desk.locator("#lines li.returned")).to_contain_text("Carol had it.")
    expect(other.locator(".copy .state.out")).to_have_count(before)
    expect(desk.locator("#entry")).to_be_focused()


def test_scans_faster_than_the_answers_are_done_in_their_order(
    desk: Page, new_page: NewPage, demo_server: BookplateServer, dune: tuple[str, str]
) -> None:
    _, barcode = dune
    card = card_of(new_page(), demo_server, "carol")

    def slowly(route: Route) -> None:
        time.sleep(0.15)
        route.continue_()

    desk.route("**/desk/", slowly)

    for text in (card, barcode, "", barcode, "no such thing"):
        scan(desk, text)

    expect(desk.locator("#alarm")).to_contain_text("“no such thing” is no card")
    expect(desk.locator("#lines li")).to_have_count(2)
    expect(desk.locator("#lines li").first).to_contain_text("is back")


def test_undo_by_keyboard(desk: Page, new_page: NewPage, demo_server: BookplateServer, dune: tuple[str, str]) -> None:
    _, barcode = dune
    scan(desk, card_of(new_page(), demo_server, "carol"))
    scan(desk, barcode)
    expect(desk.locator("#lines li.lent")).to_have_count(1)

    desk.keyboard.press("Control+z")

    expect(desk.locator("#lines li.undone")).to_contain_text("was not lent to Carol")
    expect(desk.locator("#lines li.lent")).to_have_count(0)
    expect(desk.locator("#entry")).to_be_focused()


def test_member_is_found_by_name_and_chosen_by_keyboard(desk: Page) -> None:
    scan(desk, "a")
    expect(desk.locator(".match").first).to_be_visible()
    wanted = desk.locator(".match").nth(1).locator("span").first.inner_text()

    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")

    expect(desk.locator(".member h2")).to_have_text(wanted)
    expect(desk.locator("#entry")).to_be_focused()

    desk.keyboard.press("Escape")

    expect(desk.locator(".idle")).to_be_visible()


def test_desk_names_what_it_could_not_send(desk: Page, page_errors: list[str]) -> None:
    desk.route("**/desk/", lambda route: route.abort())

    scan(desk, "BP00001")

    expect(desk.locator("#alarm")).to_have_text(
        "The library does not answer. Try again in a moment. Not done: BP00001."
    )
    expect(desk.locator("#entry")).to_be_focused()
    page_errors.clear()


def test_page_says_that_it_is_offline_and_catches_up_after(new_page: NewPage, page_errors: list[str]) -> None:
    with BookplateServer(demo=True) as server:
        reader, desk, carol = new_page(), new_page(), new_page()
        card = card_of(carol, server, "carol")
        sign_in(desk, server, "assistant").goto(f"{server.url}/desk/")
        sign_in(reader, server, "bob").goto(f"{server.url}/?available=on")
        reader.click(".card a")
        open_live(reader, reader.url)
        barcode = reader.locator(".copy", has=reader.locator(".state.in")).first.locator(".number").inner_text()
        server.kill()
        expect(reader.locator("#connection")).to_contain_text("Offline, trying again.")
        server.start()
        scan(desk, card)
        scan(desk, barcode)

        expect(reader.locator(".copy", has_text=barcode)).to_contain_text("On loan", timeout=30_000)
        expect(reader.locator("#connection")).to_have_text("")
        for page in (reader, desk, carol):
            page.close()
    page_errors.clear()


def test_catalogue_shows_what_arrives_without_a_reload(new_page: NewPage, demo_server: BookplateServer) -> None:
    reader, librarian = (sign_in(new_page(), demo_server, name) for name in ("alice", "librarian"))
    open_live(reader, f"{demo_server.url}/?search=zyzzyva")
    expect(reader.locator(".nothing")).to_be_visible()

    librarian.goto(f"{demo_server.url}/books/add/")
    librarian.fill("#id_title", "Zyzzyva")
    librarian.press("#id_title", "Enter")

    expect(reader.locator(".card-title")).to_have_text("Zyzzyva")

    librarian.click("text=Remove it")
    librarian.click("button.danger")

    expect(reader.locator(".card")).to_have_count(0)


def test_import_moves_by_itself_and_lists_what_failed(
    new_page: NewPage, demo_server: BookplateServer, tmp_path: Path
) -> None:
    rows = [f"Brought in {number},Somebody," for number in range(300)]
    (tmp_path / "list.csv").write_text("\n".join(["title,author,isbn", *rows, "Broken,Somebody,123"]))
    page = sign_in(new_page(), demo_server, "librarian")

    page.goto(f"{demo_server.url}/imports/")
    page.set_input_files("#id_file", tmp_path / "list.csv")
    page.check("#id_dry_run")
    page.click("main button[type=submit]")

    expect(page.locator(".import-state")).to_contain_text("Done", timeout=20_000)
    expect(page.locator(".sum")).to_contain_text(
        re.compile(
            r"301\s+records read\s+=\s+300\s+new\s+\+\s+0\s+completed\s+\+\s+0\s+known already\s+\+\s+1\s+failed"
        )
    )
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.click("text=Download the failed records")
    assert "Broken" in download.value.path().read_text()


def test_theme_button_is_remembered(page: Page, demo_server: BookplateServer) -> None:
    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    page.emulate_media(color_scheme="light")
    page.goto(demo_server.url)
    light = paper()
    page.click("[data-theme-button]")
    dark = paper()
    page.reload()

    assert (dark == light, paper() == dark) == (False, True)


def test_whole_pages_work_without_javascript(new_page: NewPage, demo_server: BookplateServer) -> None:
    page = sign_in(new_page(java_script_enabled=False), demo_server, "assistant")
    page.goto(demo_server.url)
    page.fill("#id_search", "jane austen")
    page.press("#id_search", "Enter")
    expect(page.locator("#count")).to_contain_text("for “jane austen”")

    page.goto(f"{demo_server.url}/desk/")
    page.fill("#entry", "alice")
    page.press("#entry", "Enter")
    page.click(".match")
    expect(page.locator(".member h2")).to_have_text("Alice")


def test_import_of_thousands_costs_an_open_catalogue_few_requests(
    new_page: NewPage, demo_server: BookplateServer, tmp_path: Path
) -> None:
    rows = [f"Ωmega {number:04},Somebody," for number in range(3000)]
    (tmp_path / "list.csv").write_text("\n".join(["title,author,isbn", *rows]))
    reader, librarian = (sign_in(new_page(), demo_server, name) for name in ("alice", "librarian"))
    open_live(reader, f"{demo_server.url}/?search=Ωmega")
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    began = time.monotonic()

    librarian.goto(f"{demo_server.url}/imports/")
    librarian.set_input_files("#id_file", tmp_path / "list.csv")
    librarian.click("main button[type=submit]")
    expect(librarian.locator(".import-state")).to_contain_text("Done", timeout=60_000)

    expect(reader.locator(".card .state.in")).to_have_count(48, timeout=10_000)
    # The pause grows to 5 s in six steps, and after each the page asks twice at most.
    assert len(asked) <= 2 * (6 + (time.monotonic() - began) / 5)


def test_escape_closes_a_menu_and_leaves_the_desk_its_member(
    desk: Page, page: Page, demo_server: BookplateServer
) -> None:
    scan(desk, card_of(page, demo_server, "bob"))
    expect(desk.locator(".member")).to_be_visible()
    menu, today = desk.locator(".menu"), desk.locator(".menu summary")
    today.focus()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    expect(desk.get_by_role("link", name="Holds shelf")).to_be_focused()

    desk.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(today).to_be_focused()
    expect(desk.locator(".member")).to_be_visible()

    desk.keyboard.press("Escape")
    expect(desk.locator(".member")).to_have_count(0)


def test_a_menu_closes_once_one_is_elsewhere(desk: Page) -> None:
    today, place = desk.locator(".menu summary"), desk.get_by_role("link", name="Holds shelf")
    today.click()
    expect(place).to_be_visible()
    desk.locator("h1").click()
    expect(place).to_be_hidden()

    today.click()
    expect(place).to_be_visible()
    desk.locator("#entry").focus()
    expect(place).to_be_hidden()
