"""Killed at 10, 50 and 90 %, the library is in the end what an undisturbed run makes of it (G19)."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bookplate.catalog.importing import pipeline, undo
from bookplate.catalog.importing.models import Import, ImportFailure, ImportStep, State
from bookplate.catalog.models import Book, Copy
from bookplate.core.models import Event
from tests.catalog.importing.conftest import Bring, counts, failures, killed_until_done, simple_marc
from tests.servers import BookplateServer, children, wait_until
from tests.visitors import Visitor

pytestmark = pytest.mark.django_db

# Books that come twice, one that is here and gets filled in, copies with and without a barcode, rows that fail.
ROWS = [
    f"Book {n - (n % 7 == 0)},{'3000' if n % 11 == 0 else 1990},Somebody,{f'K{n}' if n % 3 else ''}"
    for n in range(1, 101)
]
LIST = "\n".join(["title,year,author,barcode", *ROWS])
MARC = b"".join(simple_marc(f"Book {n - (n % 7 == 0)}", year="3000" if n % 11 == 0 else "1990") for n in range(1, 101))


class Killed(BaseException):
    pass


def kill_at(percent: int) -> Callable[[Import], None]:
    def progress(job: Import) -> None:
        if job.read == percent:
            raise Killed

    return progress


def received(receive: Bring, content: bytes | str) -> Import:
    job = receive(content)
    Import.objects.filter(pk=job.pk).update(copies=1, shelfmark="Attic")
    return Import.objects.get(pk=job.pk)


def made_of(job: Import) -> dict[str, Any]:
    """All that a run leaves behind, but for numbers and barcodes that are drawn."""
    copies = Copy.objects.order_by("pk").values_list("book__title", "barcode", "shelfmark")
    return {
        "counts": (job.state, job.offset, job.position, counts(job)),
        "failures": failures(job),
        "books": list(Book.objects.order_by("pk").values_list("title", "published_year", "author", "words")),
        "copies": [(title, code if code.startswith("K") else "", mark) for title, code, mark in copies],
        "events": list(Event.objects.exclude(type="import.added").order_by("pk").values_list("type", flat=True)),
        "undoable": [len(step.created["catalog.book"]) for step in job.steps.order_by("pk")],
    }


def emptied() -> None:
    for model in (ImportStep, ImportFailure, Copy, Book):
        model._default_manager.all().delete()
    Event.objects.all()._raw_delete(using="default")


@pytest.mark.parametrize("content", [LIST, MARC], ids=["csv", "marc"])
def test_killed_anywhere_the_library_becomes_the_same(
    receive: Bring, monkeypatch: pytest.MonkeyPatch, content: bytes | str
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 10)
    Book.objects.create(title="Book 3", published_year=1990)
    expected = made_of(pipeline.run(received(receive, content)))
    assert expected["counts"][0] == State.DONE

    for percent in (10, 50, 90):
        emptied()
        Book.objects.create(title="Book 3", published_year=1990)
        job = received(receive, content)
        with pytest.raises(Killed):
            pipeline.run(job, kill_at(percent))
        assert made_of(pipeline.run(Import.objects.get(pk=job.pk))) == expected


def test_killed_and_then_undone_nothing_is_left(receive: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 10)
    job = received(receive, LIST)
    with pytest.raises(Killed):
        pipeline.run(job, kill_at(50))
    pipeline.cancel(job)
    undone = undo.run(undo.begin(job, lambda number: None))

    assert (undone.state, Book.objects.count(), Copy.objects.count()) == (State.UNDONE, 0, 0)


SCRIPT = """
import django, hashlib, json, os, pathlib, signal
django.setup()
from django.core.management import call_command
from bookplate.catalog.importing import intake, pipeline
from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book, Copy
from bookplate.core.models import Event
folder, percent = pathlib.Path(os.environ["BOOKPLATE_DATA"]), {percent}
call_command("migrate", verbosity=0)
if not Import.objects.exists():
    intake.receive((folder / "list.csv").open("rb"), "list.csv", by=None, copies=1)

def kill(job):
    if job.percent >= percent and not (folder / "killed").exists():
        (folder / "killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)

job = pipeline.run(Import.objects.get(), kill)
books = list(Book.objects.order_by("pk").values_list("pk", "title", "published_year", "author", "words"))
copies = list(Copy.objects.order_by("pk").values_list("pk", "book"))
events = list(Event.objects.order_by("pk").values_list("type", "book", "copy"))
failed = list(job.failures.values_list("position", "offset", "reason"))
whole = json.dumps([books, copies, events, failed, job.read, job.created, job.updated, job.unchanged, job.state])
print(hashlib.sha256(whole.encode()).hexdigest(), job.read, job.failed, (folder / "killed").exists())
"""


@pytest.mark.long
def test_killed_by_the_system_the_library_becomes_the_same(tmp_path: Path) -> None:
    rows = "".join(f"Book {n - (n % 7 == 0)},{'3000' if n % 11 == 0 else 1990},Somebody\n" for n in range(1, 10_001))
    said = {}
    for percent in (1000, 10, 50, 90):
        folder = tmp_path / str(percent)
        folder.mkdir()
        (folder / "list.csv").write_text(f"title,year,author\n{rows}")
        said[percent] = killed_until_done(SCRIPT.format(percent=percent), folder).split()

    digest, *rest = said[1000]
    assert rest == ["10000", "909", "False"]
    assert {percent: one for percent, one in said.items() if percent < 1000} == {
        percent: [digest, "10000", "909", "True"] for percent in (10, 50, 90)
    }


@pytest.mark.long
def test_a_worker_killed_at_a_tenth_half_and_nine_tenths_makes_the_same_library(database_url: str | None) -> None:
    """The server's own worker, by SIGKILL; then all is undone and brought in undisturbed."""
    rows = "".join(f"Zeile {n - (n % 7 == 0)},{'3000' if n % 11 == 0 else 1990},Somebody\n" for n in range(1, 120_001))
    with BookplateServer(demo=True, database_url=database_url) as server:
        librarian = Visitor(server, "librarian")
        before = exported(librarian)
        job = sent(librarian, f"title,year,author\n{rows}")
        killed_at = [kill_worker_at(server, librarian, job, percent) for percent in (10, 50, 90)]
        disturbed = (counted(librarian, job, "done"), exported(librarian))
        librarian.post(f"{job}undo/")
        counted(librarian, job, "undone")
        assert exported(librarian) == before

        again = sent(librarian, f"title,year,author\n{rows}")
        assert disturbed == (counted(librarian, again, "done"), exported(librarian))
    assert disturbed[0]["read"] == 120_000
    assert all(wanted <= percent < 100 for wanted, percent in zip((10, 50, 90), killed_at, strict=True)), killed_at


def sent(librarian: Visitor, content: str) -> str:
    """The address of the import."""
    files = {"file": ("list.csv", content.encode())}
    return str(librarian.http.post("/api/imports/", files=files, data={"copies": "0"}).headers["Location"])


def kill_worker_at(server: BookplateServer, librarian: Visitor, job: str, percent: int) -> int:
    """How far it was."""
    wait_until(lambda: librarian.get(job).json()["percent"] >= percent)
    assert server.process
    for worker in children(server.process.pid):
        os.kill(worker, signal.SIGKILL)
    return int(librarian.get(job).json()["percent"])


def counted(librarian: Visitor, job: str, state: str) -> dict[str, int]:
    wait_until(lambda: librarian.get(job).json()["state"] == state, 120)
    said = librarian.get(job).json()
    assert said["state"] == state, said
    return {name: said[name] for name in ("read", "created", "updated", "unchanged", "failed")}


def exported(librarian: Visitor) -> bytes:
    return librarian.get("/api/exports/csv/").content
