"""Batches that are true on their own (G19): killed, tried, raced, cancelled, and told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from bookplate.catalog.importing import matching, pipeline
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.models import Book
from bookplate.catalog.search import upkeep
from bookplate.catalog.search.models import Word
from bookplate.core import events
from bookplate.core.many import FOR_MANY_ROWS
from bookplate.core.models import Event
from tests.catalog.importing.conftest import Bring, counts, failures, killed_until_done, simple_marc, titles

pytestmark = pytest.mark.django_db

# Every seventh row repeats the one before it, every eleventh fails.
ROWS = [f"Book {n - (n % 7 == 0)},{'3000' if n % 11 == 0 else 1990}" for n in range(1, 101)]
LIST = "\n".join(["title,year", *ROWS])


class Killed(BaseException):
    pass


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 10)


def kill_after(batches: int) -> Callable[[Import], None]:
    def progress(job: Import) -> None:
        if job.read >= batches * 10:
            raise Killed

    return progress


@pytest.mark.parametrize("batches", [1, 5, 9])
@pytest.mark.parametrize("content", [LIST, "\ufeff" + LIST.replace("\n", "\r\n"), LIST.replace(",", "\t")])
def test_a_killed_import_goes_on_where_it_was(receive: Bring, batches: int, content: str) -> None:
    undisturbed = pipeline.run(receive(content))
    expected = (counts(undisturbed), failures(undisturbed), titles())
    Book.objects.all().delete()
    job = receive(content)
    with pytest.raises(Killed):
        pipeline.run(job, kill_after(batches))

    again = Import.objects.get(pk=job.pk)
    assert (again.state, again.read, again.position) == (State.RUNNING, batches * 10, batches * 10 + 1)
    pipeline.run(again)
    assert (counts(again), failures(again), titles()) == expected
    assert (again.state, again.offset) == (State.DONE, again.size)


@pytest.mark.parametrize("kind", ["utf-16", "marc"])
def test_other_formats_go_on_too(receive: Bring, kind: str) -> None:
    records = [simple_marc(f"Book {n}") for n in range(30)]
    job = receive(LIST.encode("utf-16") if kind == "utf-16" else b"".join(records))
    with pytest.raises(Killed):
        pipeline.run(job, kill_after(1))
    job = pipeline.run(Import.objects.get(pk=job.pk))

    assert job.read == (100 if kind == "utf-16" else 30)
    assert job.read == job.created + job.unchanged + job.failed
    assert len(set(titles())) == len(titles()) == job.created


def test_a_batch_that_was_not_committed_never_was(receive: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    job = receive(LIST)
    with monkeypatch.context() as patch:
        patch.setattr(events, "record_all", lambda notes: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            pipeline.run(job)

    assert (Book.objects.count(), Import.objects.get().read, Import.objects.get().offset) == (0, 0, 0)
    assert counts(pipeline.run(Import.objects.get()))[0] == 100


@pytest.mark.long
def test_a_worker_killed_by_the_system_loses_and_doubles_nothing(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("title,isbn\n" + "".join(f"Book {n},\n" for n in range(3000)))
    script = f"""
import django, os, signal
django.setup()
from django.core.management import call_command
from bookplate.catalog.importing import intake, pipeline
from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book
call_command("migrate", verbosity=0)
if not Import.objects.exists():
    intake.receive(open({str(tmp_path / "list.csv")!r}, "rb"), "list.csv", by=None)
job = pipeline.run(Import.objects.get(), lambda job: os.kill(os.getpid(), signal.SIGKILL))
print(job.read, job.created, Book.objects.count(), Book.objects.values("title").distinct().count(), job.state)
"""
    assert killed_until_done(script, tmp_path) == "3000 3000 3000 3000 done\n"


def test_a_dry_run_says_the_same_and_changes_nothing(bring: Bring) -> None:
    Book.objects.create(title="Book 3", published_year=1990)
    Book.objects.create(title="Dune", isbn="9780441172719")
    content = "title,year,isbn,author\n" + "\n".join([*(f"{row},," for row in ROWS), "Dune,1965,0441172717,Herbert"])
    content += "\nDune,1965,0441172717,Herbert\nNew,,9780261102217,\nNew,,0261102214,Tolkien\nNew,,0261102214,Tolkien"
    dry = bring(content, dry_run=True)

    told = Event.objects.exclude(type__startswith="import.").count()
    assert (Book.objects.count(), told, Book.objects.get(isbn="9780441172719").author) == (2, 0, "")
    real = bring(content)
    assert (counts(dry), failures(dry)) == (counts(real), failures(real))
    assert counts(real)[2] == 2


def test_a_dry_run_that_was_killed_starts_over(receive: Bring) -> None:
    content = f"{LIST}\nBook 1,1990"
    job = receive(content, dry_run=True)
    with pytest.raises(Killed):
        pipeline.run(job, kill_after(5))
    job = pipeline.run(Import.objects.get(pk=job.pk))

    assert (job.read, counts(job)) == (101, counts(pipeline.run(receive(content))))


def test_a_dry_run_chooses_among_editions_as_the_real_one_does(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 1)
    content = "title,language,publisher\nX,en,\nX,fr,\nX,,P\nX,en,Q\n"

    assert counts(bring(content, dry_run=True)) == counts(bring(content)) == (4, 3, 1, 0, 0)


def test_somebody_else_adding_the_same_isbn_costs_nothing(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    Book.objects.create(title="Dune", isbn="9780441172719")
    found = matching.candidates
    calls: list[int] = []

    def blind_at_first(drafts: object) -> object:
        calls.append(1)
        return iter(()) if len(calls) == 1 else found(drafts)  # type: ignore[arg-type]

    monkeypatch.setattr(matching, "candidates", blind_at_first)
    job = bring("title,isbn,author\nOne,,\nDune,9780441172719,Herbert\nTwo,,\nOne,,\n")

    assert (counts(job), titles()) == ((4, 2, 1, 1, 0), ["Dune", "One", "Two"])
    assert Book.objects.get(title="Dune").author == "Herbert"


def test_what_the_database_refuses_fails_alone(bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    Book.objects.create(title="Dune", isbn="9780441172719")
    monkeypatch.setattr(matching, "candidates", lambda drafts: iter(()))
    job = bring("title,isbn\nOne,\nDune,9780441172719\nTwo,\n")

    assert (counts(job), titles()) == ((3, 2, 0, 0, 1), ["Dune", "One", "Two"])
    [(position, _, reason)] = failures(job)
    assert (position, reason.startswith("The database does not take this record")) == (3, True)


def test_everybody_hears_of_what_came_and_what_changed(bring: Bring) -> None:
    dune = Book.objects.create(title="Dune", isbn="9780441172719")
    bring("title,isbn,author\nSolaris,,Lem\nDune,9780441172719,Herbert\nSolaris,,Lem\n,,\nBad,1,\n")

    solaris = Book.objects.get(title="Solaris")
    told = list(
        Event.objects.exclude(type__startswith="import.").order_by("id").values_list("type", "audience", "book")
    )
    assert told == [("book.added", "public", solaris.pk), ("book.changed", "public", dune.pk)]


def test_cancelling_keeps_what_came_in(receive: Bring) -> None:
    job = receive(LIST)
    pipeline.run(job, lambda now: pipeline.cancel(Import.objects.get(pk=now.pk)))

    assert (job.state, job.read, Book.objects.count()) == (State.CANCELLED, 10, job.created)
    assert pipeline.run(job).read == 10
    told = Event.objects.filter(type__startswith="import.", audience="staff").order_by("id")
    assert [event.type for event in told] == ["import.added", "import.progressed", "import.cancelled"]


def test_two_workers_on_one_import_do_it_once(receive: Bring) -> None:
    job = receive(LIST)

    def another_worker(now: Import) -> None:
        pipeline.run(Import.objects.get(pk=now.pk))

    pipeline.run(job, another_worker)

    assert (job.state, job.read) == (State.DONE, 100)
    assert len(titles()) == len(set(titles()))


def test_an_import_that_is_done_is_not_done_again(bring: Bring) -> None:
    job = bring(LIST)

    assert pipeline.run(job).read == 100


def test_a_file_that_went_missing_is_told(receive: Bring) -> None:
    job = receive(LIST)
    job.original.unlink()
    pipeline.run(job)

    assert (job.state, job.problem) == (State.FAILED, "The file is no longer there. Bring it in again.")


@pytest.mark.parametrize("rows", [1, 9])
def test_a_batch_takes_the_same_queries_however_full(
    receive: Bring, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    job = receive("title,isbn\n" + "".join(f"Book {n},\n" for n in range(rows)))
    # SQLite is asked twice and told four times how much to keep, and to index all at once; PostgreSQL locks twice.
    with django_assert_num_queries(25 + {"sqlite": 7, "postgresql": 2}[connection.vendor]):
        pipeline.run(job)


def test_sqlite_keeps_more_at_hand_only_while_a_list_comes_in(receive: Bring) -> None:
    def told() -> dict[str, int]:
        found = {}
        with connection.cursor() as cursor:
            for name in FOR_MANY_ROWS if connection.vendor == "sqlite" else ():
                cursor.execute(f"PRAGMA {name}")
                found[name] = cursor.fetchone()[0]
        return found

    usual, seen = told(), list[dict[str, int]]()
    pipeline.run(receive("title\nWinter\n"), lambda _: seen.append(told()))

    assert seen == [FOR_MANY_ROWS if connection.vendor == "sqlite" else {}]
    assert told() == usual


def test_words_are_noted_once_for_a_batch_and_by_the_triggers_before_and_after(receive: Bring) -> None:
    Book.objects.create(title="Winter")
    pipeline.run(receive("title,isbn\nWinter Tales,\nSummer Tales,\n"))
    Book.objects.create(title="Autumn Tales")

    assert sorted(Word.objects.values_list("text", flat=True)) == ["autumn", "summer", "tales", "winter"]


def test_a_portion_of_several_statements_is_written_and_indexed_like_a_short_one(
    receive: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 3_000)
    job = pipeline.run(receive("title,year\n" + "".join(f"Tale {n},{1000 + n % 900}\n" for n in range(2_300))))

    assert (job.created, list(upkeep.faults())) == (2_300, [])
    # Tales are numbered as they come, each with what is its own.
    wanted = [(f"Tale {n}", f"tale {n}", 1000 + n % 900) for n in range(2_300)]
    assert [*Book.objects.order_by("pk").values_list("title", "title_key", "published_year")] == wanted
    assert Event.objects.filter(type="book.added").count() == 2_300


def test_words_are_noted_where_a_batch_had_to_be_written_one_by_one(
    bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    Book.objects.create(title="Taken", isbn="9780306406157")
    monkeypatch.setattr(matching, "candidates", lambda drafts: iter(()))
    job = bring("title,isbn\nWinter Tales,\nSummer Nights,9780306406157\n")
    Book.objects.create(title="Autumn")

    assert (job.created, job.failed) == (1, 1)
    assert sorted(Word.objects.values_list("text", flat=True)) == ["autumn", "taken", "tales", "winter"]


def test_progress_is_told_in_bytes(receive: Bring) -> None:
    seen: list[tuple[int, int]] = []
    job = pipeline.run(receive(LIST), lambda now: seen.append((now.read, now.percent)))

    assert [read for read, _ in seen] == list(range(10, 101, 10))
    assert (seen == sorted(seen), job.percent) == (True, 100)
