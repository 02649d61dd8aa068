"""What a list names by its ISBN alone is asked for elsewhere."""

from typing import Any

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult

from bookplate.catalog.importing import looking_up, pipeline, tasks
from bookplate.catalog.importing.models import State
from bookplate.catalog.metadata import lookups
from bookplate.catalog.models import Book
from tests.catalog.importing.conftest import Bring, counts, failures
from tests.upstream import DUNE, LICENCE, Upstream, open_library

pytestmark = pytest.mark.django_db
UNKNOWN = "9780441478125"
LIST = f"{DUNE}\n{UNKNOWN}\n{LICENCE}\n"


@pytest.fixture(autouse=True)
def sources(upstream: Upstream, settings: Any) -> Upstream:
    settings.METADATA_PAUSE = 0
    upstream.says({})
    for number, title in ((DUNE, "Dune"), (LICENCE, "Mr Fox")):
        upstream.says(open_library(number, title=title), path=f"/api/books?bibkeys=ISBN:{number}")
    return upstream


def shelf() -> list[tuple[str, str, str | None]]:
    return list(Book.objects.order_by("pk").values_list("title", "author", "isbn"))


def test_a_list_of_isbns_becomes_books_and_says_which_nobody_knows(bring: Bring) -> None:
    job = bring(LIST)

    assert (job.format, counts(job)) == ("isbns", (3, 2, 0, 0, 1))
    assert shelf() == [("Dune", "Frank Herbert", DUNE), ("Mr Fox", "Frank Herbert", LICENCE)]
    why = f"No source knows a book with the ISBN {UNKNOWN}. Describe it yourself."
    assert failures(job) == [(2, "title", why)]


def test_a_dry_run_says_the_same_and_what_was_asked_is_not_asked_again(bring: Bring, upstream: Upstream) -> None:
    tried = bring(LIST * 2, dry_run=True)
    asked = len(upstream.asked)

    assert (counts(tried), shelf(), asked) == ((6, 2, 0, 2, 2), [], 3)
    assert (counts(bring(LIST * 2)), len(upstream.asked)) == ((6, 2, 0, 2, 2), 3)


def test_who_is_here_or_has_a_title_is_not_asked_about(bring: Bring, upstream: Upstream) -> None:
    Book.objects.create(title="Dune, as I call it", isbn=DUNE)
    job = bring(f"title,isbn,author\n,{DUNE},\nMine,{LICENCE},Me\n")

    assert (counts(job), upstream.asked) == ((2, 1, 0, 1, 0), [])
    assert shelf() == [("Dune, as I call it", "", DUNE), ("Mine", "Me", LICENCE)]


def test_what_the_list_says_itself_stays(bring: Bring) -> None:
    bring(f"isbn,author\n{DUNE},F. Herbert\n")

    assert shelf() == [("Dune", "F. Herbert", DUNE)]


def test_when_nobody_can_be_asked_the_record_fails_and_can_be_brought_in_again(
    bring: Bring, upstream: Upstream
) -> None:
    upstream.says({}, status=503, path=f"/api/books?bibkeys=ISBN:{DUNE}")
    job = bring(f"{DUNE}\n")

    [(_, field, reason)] = failures(job)
    assert (counts(job), field) == ((1, 0, 0, 0, 1), "title")
    assert reason.startswith("It could not be looked up (Open Library: ")


def test_what_the_list_itself_calls_it_elsewhere_is_enough_when_nobody_can_be_asked(
    bring: Bring, upstream: Upstream
) -> None:
    upstream.says({}, status=503, path=f"/api/books?bibkeys=ISBN:{DUNE}")
    job = bring(f"title,isbn\nMine,{DUNE}\n,{DUNE}\n")

    assert (counts(job), shelf()) == ((2, 1, 0, 1, 0), [("Mine", "", DUNE)])


def test_nobody_has_a_source_asked_without_end(
    bring: Bring, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_up, "MOST", 1)
    job = bring(f"{DUNE}\n{LICENCE}\n")

    assert (counts(job), len(upstream.asked)) == ((2, 1, 0, 0, 1), 1)
    [(_, _, reason)] = failures(job)
    assert reason.endswith("only the first 1 records of a list are looked up. Bring these in as another one.")


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_somebody_is_asked(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    open_: list[bool] = []
    asked = lookups.look_up
    monkeypatch.setattr(
        lookups,
        "look_up",
        lambda isbn: open_.append(connection.in_atomic_block) or asked(isbn),  # type: ignore[func-returns-value]
    )
    bring(LIST)

    assert open_ == [False] * 3


def test_it_goes_on_before_ones_eyes(receive: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH_SECONDS", 0)
    seen: list[int] = []
    pipeline.run(receive(LIST), progress=lambda job: seen.append(job.read))

    assert seen == [1, 2, 3]


def test_a_worker_does_others_work_between(receive: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH_SECONDS", 0)
    monkeypatch.setattr(tasks, "SLICE", 0)
    job = receive(LIST)
    turns = 0
    tasks.bring_in.enqueue(job.pk)
    while task := DBTaskResult.objects.filter(status="READY").first():
        DBTaskResult.objects.filter(pk=task.pk).update(status="SUCCESSFUL")
        tasks.bring_in.call(job.pk)
        turns += 1

    job.refresh_from_db()
    assert (job.state, counts(job), turns) == (State.DONE, (3, 2, 0, 0, 1), 4)
