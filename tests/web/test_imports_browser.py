"""Bringing a list in, in a real Chromium: tried first, mended, taken back; and saying what its columns are."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.servers import BookplateServer
from tests.web.browsing import sign_in

pytestmark = pytest.mark.browser
SOON = 30_000


@pytest.fixture
def page(new_page: Callable[..., Page], demo_server: BookplateServer) -> Page:
    return sign_in(new_page(), demo_server, "librarian")


@pytest.fixture
def goodreads(shared_data: Path, tmp_path: Path) -> Path:
    """The first rows of a real export, two of which somebody has spoilt."""
    original = shared_data / "exports/ActualGeniusIntellectual+goodreads-data/goodreads_library_export.csv"
    header, *rows = original.read_text("utf-8-sig").splitlines()[:21]
    for place in (3, 7):
        rows[place] = re.sub(r'"=""\d{9,10}[\dX]?""",', '"=""12""",', re.sub(r'"=""\d{13}"""', "", rows[place]))
    path = tmp_path / "goodreads.csv"
    path.write_text("\n".join([header, *rows]))
    return path


def bring(page: Page, server: BookplateServer, path: Path, *, only_try: bool = False) -> Locator:
    """The line that adds up."""
    page.goto(f"{server.url}/imports/")
    page.set_input_files("#id_file", path)
    if only_try:
        page.check("#id_dry_run")
    page.click("main button[type=submit]")
    expect(page.locator(".import-state")).to_contain_text("Done", timeout=SOON)
    return page.locator(".sum")


def counts(line: Locator) -> list[int]:
    """Read, new, completed, known, failed."""
    return [int(number) for number in re.findall(r"\d+", line.inner_text())]


def take_back(page: Page) -> None:
    page.click("#undo-import")
    expect(page.locator(".import-state")).to_contain_text("Undone", timeout=SOON)


def found(page: Page, server: BookplateServer) -> str:
    page.goto(server.url)
    return page.locator("#count").inner_text()


def test_a_goodreads_export_is_tried_brought_in_mended_and_taken_back(
    page: Page, demo_server: BookplateServer, goodreads: Path, tmp_path: Path
) -> None:
    before = found(page, demo_server)
    tried = counts(bring(page, demo_server, goodreads, only_try=True))
    assert tried == [20, 18, 0, 0, 2]
    expect(page.get_by_role("link", name="bring the file in")).to_have_attribute("href", "/imports/")
    assert found(page, demo_server) == before

    assert counts(bring(page, demo_server, goodreads)) == tried
    first = page.url
    expect(page.locator("tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.click("#download-failed")
    mended = tmp_path / "mended.csv"
    mended.write_text(download.value.path().read_text("utf-8-sig").replace('"=""12"""', ""))
    assert counts(bring(page, demo_server, mended)) == [2, 2, 0, 0, 0]

    take_back(page)
    page.goto(first)
    edited = edit_the_latest(page, demo_server)
    page.goto(first)
    take_back(page)
    expect(page.locator(".message.note")).to_contain_text("1 book stayed with its copies")
    page.get_by_role("link", name=edited).click()
    remove_with_copies(page)
    assert found(page, demo_server) == before


def edit_the_latest(page: Page, server: BookplateServer) -> str:
    """Somebody mends the title of a book that came with the list; the title from then on."""
    page.goto(f"{server.url}/?ordering=-added")
    page.locator(".card a, .shelf a").first.click()
    page.get_by_role("link", name="Edit this book").click()
    page.get_by_label("Title").fill("Mended by hand")
    page.get_by_label("Title").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mended by hand")
    return "Mended by hand"


def remove_with_copies(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Remove copy")).click()
    page.locator("main button[type=submit]").click()
    page.get_by_role("link", name="Remove it").click()
    page.locator("main button[type=submit]").click()


def test_columns_are_said_while_one_sees_how_they_are_read(
    page: Page, demo_server: BookplateServer, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Werk,Wer,Wann\nΩnions,Nobody,1999\n")
    page.goto(f"{demo_server.url}/imports/")
    page.set_input_files("#id_file", path)
    page.click("main button[type=submit]")
    page.evaluate("document.body.dataset.same = 'yes'")

    page.select_option("#id_title", label="Werk (Ωnions)")
    expect(page.locator("#preview td").nth(1)).to_have_text("Ωnions")
    page.select_option("#id_published_year", label="Wann (1999)")
    expect(page.locator("#preview td").nth(3)).to_have_text("1999")
    assert page.evaluate("document.body.dataset.same") == "yes"

    page.click("#choose-columns")
    expect(page.locator(".import-state")).to_contain_text("Done", timeout=SOON)
    assert counts(page.locator(".sum")) == [1, 1, 0, 0, 0]
    take_back(page)
