"""A round through the catalogue fills what is empty, politely, and can be left at any time."""

import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from bookplate.catalog import books
from bookplate.catalog.metadata import answers, filling
from bookplate.catalog.metadata.errors import FillingRuns, LookUpIsOff
from bookplate.catalog.metadata.models import Answer, Filling, State
from bookplate.catalog.models import Book
from bookplate.config.management.commands import fill_missing as command
from bookplate.core.models import Event
from bookplate.people.models import User
from tests.upstream import DUNE, LICENCE, Upstream, open_library, picture

THIRD = "9780441478125"


@pytest.fixture(autouse=True)
def quick(settings: Any, tmp_path: Path) -> None:
    settings.METADATA_PAUSE = 0
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def library(db: None, upstream: Upstream) -> dict[str, Book]:
    """Two books that lack something; one that has all; one without a number."""
    whole = {"author": "A", "published_year": 1999, "publisher": "P", "language": "en", "subjects": "S", "cover": "c"}
    upstream.says({})
    upstream.says(open_library(DUNE), path=f"/api/books?bibkeys=ISBN:{DUNE}")
    upstream.says(open_library(LICENCE, title="Mr Fox"), path=f"/api/books?bibkeys=ISBN:{LICENCE}")
    return {
        "dune": Book.objects.create(title="Dune, as I call it", isbn=DUNE, publisher="My own"),
        "whole": Book.objects.create(title="Whole", isbn=THIRD, **whole),
        "old": Book.objects.create(title="Old"),
        "fox": Book.objects.create(title="Fox", isbn=LICENCE, **whole | {"cover": "", "subjects": ""}),
    }


def begun() -> Filling:
    return filling.begin(None, lambda number: None)


def counts(job: Filling) -> tuple[str, int, int, int, int]:
    job.refresh_from_db()
    return job.state, job.done, job.filled, job.covers, job.failed


def test_what_is_empty_is_filled_and_what_somebody_wrote_stays(library: dict[str, Book], upstream: Upstream) -> None:
    job = begun()

    filling.run(job)

    dune = Book.objects.get(pk=library["dune"].pk)
    assert (dune.title, dune.author, dune.publisher, dune.published_year) == (
        "Dune, as I call it",
        "Frank Herbert",
        "My own",
        2005,
    )
    assert Book.objects.get(pk=library["fox"].pk).subjects == "Science fiction; Deserts"
    assert (counts(job), job.total) == (("done", 2, 2, 0, 0), 2)
    assert [path.partition("ISBN:")[2][:13] for path in upstream.asked] == [DUNE, LICENCE]
    changed = Event.objects.filter(type="book.changed").values_list("book", flat=True)
    assert list(changed) == [library["dune"].pk, library["fox"].pk]


def test_covers_come_too(library: dict[str, Book], upstream: Upstream, settings: Any) -> None:
    upstream.says(picture(), "image/jpeg", path="/cover.jpg")
    told = {"cover": f"{upstream.url}/cover.jpg", **dict.fromkeys(answers.NEEDED, "x"), "published_year": 1}
    Answer.objects.create(isbn=LICENCE, source="openlibrary", values=told, asked_at=timezone.now())

    job = begun()
    filling.run(job)

    assert len(Book.objects.get(pk=library["fox"].pk).cover) == 32
    assert counts(job) == ("done", 2, 1, 1, 0)


def test_a_second_round_asks_nobody_again(library: dict[str, Book], upstream: Upstream) -> None:
    filling.run(begun())
    asked = len(upstream.asked)
    job = begun()

    filling.run(job)

    assert (len(upstream.asked), counts(job)) == (asked, ("done", 2, 0, 0, 0))  # for their covers


def test_what_is_typed_while_the_source_thinks_stays(library: dict[str, Book]) -> None:
    stale = Book.objects.get(pk=library["dune"].pk)
    books.change(library["dune"], author="Me")

    assert books.complete(stale, {"author": "Them", "language": "en"})
    now = Book.objects.get(pk=stale.pk)
    assert (now.author, now.language) == ("Me", "en")


def test_there_is_one_round_at_a_time_and_none_without_sources(library: dict[str, Book], settings: Any) -> None:
    begun()
    with pytest.raises(FillingRuns):
        begun()

    settings.METADATA_SOURCES = []
    with pytest.raises(LookUpIsOff):
        begun()


def test_a_cancelled_round_stops_after_its_book(library: dict[str, Book], upstream: Upstream) -> None:
    job = begun()

    filling.run(job, progress=lambda now: filling.cancel(Filling.objects.get(pk=now.pk)))

    assert counts(job)[:2] == ("cancelled", 1)
    assert job.finished_at is not None


def test_another_who_goes_on_with_it_counts_each_book_once(
    library: dict[str, Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = begun()
    other = Filling.objects.get(pk=job.pk)
    real: Callable[[Book], filling.Done] = filling._fill

    def overtaken(book: Book) -> filling.Done:
        monkeypatch.setattr(filling, "_fill", real)
        filling.run(other)
        return real(book)

    monkeypatch.setattr(filling, "_fill", overtaken)
    filling.run(job)

    assert counts(job) == ("done", 2, 2, 0, 0)


def test_a_source_that_asks_for_it_gets_its_rest(library: dict[str, Book], upstream: Upstream) -> None:
    upstream.says({}, status=429, Retry_After="40", path=f"/api/books?bibkeys=ISBN:{DUNE}")
    job = begun()

    assert filling.run(job) == 40
    assert counts(job) == ("running", 1, 0, 0, 1)
    assert not Answer.objects.exists()


def test_when_nobody_can_be_asked_the_round_ends_and_says_so(
    library: dict[str, Book], upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "GIVES_UP", 2)
    for number in (DUNE, LICENCE):
        upstream.says({}, status=500, path=f"/api/books?bibkeys=ISBN:{number}")
    job = begun()
    for _ in range(2):
        filling.run(job)

    assert (counts(job), job.problem[:44]) == (
        ("failed", 2, 0, 0, 2),
        "No source could be asked about ten books in ",
    )


def test_a_worker_does_a_slice_then_puts_it_off(
    library: dict[str, Book], librarian: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = filling.begin(librarian)
    assert DBTaskResult.objects.count() == 1
    monkeypatch.setattr(filling, "SLICE", 0.0)

    filling.fill_missing.call(job.pk)
    assert (counts(job)[:2], DBTaskResult.objects.count()) == (("running", 0), 2)

    monkeypatch.undo()
    filling.fill_missing.call(job.pk)
    filling.fill_missing.call(job.pk)
    assert (counts(job)[:2], DBTaskResult.objects.count()) == (("done", 2), 2)


def test_what_nobody_expected_ends_the_round(library: dict[str, Book], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(book: Book) -> filling.Done:
        raise RuntimeError("unexpected")

    job = begun()
    monkeypatch.setattr(filling, "_fill", broken)
    filling.fill_missing.call(job.pk)

    assert (counts(job)[0], job.problem) == (State.FAILED, filling.BROKEN)


def test_between_two_questions_there_is_a_pause(
    library: dict[str, Book], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    settings.METADATA_PAUSE = 7
    monkeypatch.setattr(time, "sleep", pauses.append)

    filling.run(begun())

    assert pauses == [7, 7]


def test_the_command_says_what_it_did(library: dict[str, Book]) -> None:
    said = StringIO()

    call_command("fill_missing", stdout=said)

    assert said.getvalue() == "2 books looked up: 2 completed, 0 covers\n"
    assert {row.status for row in DBTaskResult.objects.all()} == {"SUCCESSFUL"}


def test_ctrl_c_cancels_the_command(library: dict[str, Book], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(job: Filling) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_run_with_bar", interrupted)

    with pytest.raises(CommandError, match="Stopped after 0 books"):
        call_command("fill_missing")
    assert Filling.objects.get().state == State.CANCELLED


def test_the_command_without_sources_says_why(db: None) -> None:
    with pytest.raises(CommandError, match="turned off"):
        call_command("fill_missing")
