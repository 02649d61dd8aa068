"""An export that takes long leaves while it is written."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from bookplate.catalog.exporting import spooling
from bookplate.catalog.exporting.entries import Entry, Selection
from bookplate.catalog.exporting.formats import FORMATS
from bookplate.catalog.exporting.growing import PART, Growing, Unfinished
from bookplate.catalog.models import Book

pytestmark = pytest.mark.django_db
FIRST, REST = b"a" * PART, b"b" * (PART + 1)


class Slow:
    """A format that waits in the midst of its file for somebody to let it go on, or to break it."""

    name = label = suffix = content_type = "slow"
    with_marc = False

    def __init__(self, *, breaks: bool = False) -> None:
        self.breaks, self.goes_on = breaks, threading.Event()

    def write(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        yield FIRST
        assert self.goes_on.wait(10)
        if self.breaks:
            raise OSError("No space left on device")
        yield REST
        yield b"the end"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(spooling, "PATIENCE", 0)


def read(file: Any) -> bytes:
    return b"".join(iter(lambda: file.read(PART), b""))


def test_its_beginning_is_there_before_its_end() -> None:
    file = spooling.spooled(form := Slow(), Selection())
    assert file.read(PART) == FIRST

    form.goes_on.set()
    assert read(file) == REST + b"the end"
    file.close()


def test_one_that_breaks_off_is_not_taken_for_whole() -> None:
    file = spooling.spooled(form := Slow(breaks=True), Selection())
    form.goes_on.set()

    with pytest.raises(Unfinished):
        read(file)
    file.close()


def test_what_nobody_reads_any_more_makes_place_for_others() -> None:
    forms = [Slow(), Slow()]
    files = [spooling.spooled(form, Selection()) for form in forms]
    with pytest.raises(spooling.TooManyExports):
        spooling.spooled(Slow(), Selection())

    for form, file in zip(forms, files, strict=True):
        file.close()
        form.goes_on.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == "export"]:
        thread.join(10)
    assert read(spooling.spooled(FORMATS["csv"], Selection()))


def test_closing_it_ends_the_wait_for_more() -> None:
    file = spooling.spooled(form := Slow(), Selection())
    assert isinstance(file, Growing)
    waiting = threading.Thread(target=read, args=[file])
    waiting.start()
    file.close()
    waiting.join(10)
    form.goes_on.set()

    assert not waiting.is_alive()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", FORMATS)
def test_it_is_the_same_file(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Book.objects.bulk_create(Book(title=f"Book {number}", author="Lem") for number in range(2_100))
    growing = read(spooling.spooled(FORMATS[kind], Selection()))
    monkeypatch.setattr(spooling, "PATIENCE", 60)

    assert growing == read(spooling.spooled(FORMATS[kind], Selection()))
