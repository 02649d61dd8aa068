"""Archives and workbooks are unpacked by the worker: whoever brings one in does not wait for that."""

import gzip
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from bookplate.catalog.importing import pipeline, recognising, tasks, unpacking
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.models import Book
from bookplate.people.models import Member, User
from tests.cast import signed_in
from tests.catalog.importing.conftest import counts, titles
from tests.catalog.importing.test_unpacking import zipped

pytestmark = pytest.mark.django_db

LIST = b"title,author\nSolaris,Lem\n"
STRANGE = b"Werk,Wer\nEmma,Austen\n"
PEOPLE = b"firstname,surname,cardnumber,dateofbirth\nEmma,Woodhouse,77,03/04/2016\n"


@pytest.fixture
def client(librarian: User) -> APIClient:
    return signed_in(librarian)


def bring(client: APIClient, content: bytes, **fields: Any) -> Import:
    """Received, as far as the request goes."""
    file = SimpleUploadedFile("list.zip", content)
    answer = client.post("/api/imports/", {"file": file, **fields}, format="multipart")
    assert (answer.status_code, answer.json()["state"]) == (201, "waiting")
    return Import.objects.get(pk=answer.json()["id"])


def worked(job: Import) -> Import:
    tasks.bring_in.call(job.pk)
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("packed", [gzip.compress(LIST), zipped(("list.csv", LIST))], ids=["gzip", "zip"])
def test_a_request_unpacks_nothing(client: APIClient, monkeypatch: pytest.MonkeyPatch, packed: bytes) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(unpacking, "plain", lambda path: pytest.fail("unpacked in the request"))
        job = bring(client, packed, copies=2)
        assert (job.format, job.size, job.original.read_bytes()) == ("packed", len(packed), packed)
    worked(job)

    assert (job.state, job.format, job.size, counts(job)) == (State.DONE, "csv", len(LIST), (1, 1, 0, 0, 0))
    assert (titles(), [path.name for path in job.home.iterdir()]) == (["Solaris"], ["original"])


@pytest.mark.parametrize(
    ("packed", "problem"),
    [
        (gzip.compress(LIST)[:-9], "The archive is damaged, or goes on where the file ends."),
        (gzip.compress(b"\x89PNG"), "This looks like a picture. Accepted are:"),
        (zipped(("a.csv", LIST), ("b.csv", LIST)), "In the archive there are several lists: “a.csv”, “b.csv”."),
    ],
    ids=["damaged", "a picture", "two lists"],
)
def test_what_cannot_be_unpacked_says_so_on_its_page(client: APIClient, packed: bytes, problem: str) -> None:
    job = worked(bring(client, packed))

    assert (job.state, job.problem[: len(problem)]) == (State.FAILED, problem)
    page = Client()
    page.force_login(User.objects.get(username="librarian"))
    assert problem[:30] in page.get(f"/imports/{job.pk}/").text


def test_columns_that_were_told_with_it_are_found_once_it_is_unpacked(client: APIClient) -> None:
    job = worked(bring(client, gzip.compress(STRANGE), columns='{"title": "Werk", "author": 2}'))
    assert (job.state, job.columns, Book.objects.get().author) == (State.DONE, {"title": 0, "author": 1}, "Austen")

    wrong = worked(bring(client, gzip.compress(STRANGE), columns='{"title": "Titel"}'))
    assert (wrong.state, wrong.problem) == (State.FAILED, "There is no column “Titel”. There are: Werk, Wer.")


def test_a_table_of_unknown_columns_asks_once_for_all_of_its_kind(client: APIClient, librarian: User) -> None:
    job = worked(bring(client, gzip.compress(STRANGE)))
    assert (job.state, counts(job)) == (State.ASKING, (0, 0, 0, 0, 0))

    page = Client()
    page.force_login(librarian)
    assert ">Werk (" in page.get(f"/imports/{job.pk}/columns/").text
    page.post(f"/imports/{job.pk}/columns/", {"title": "1", "author": "2"})
    assert (worked(job).state, titles()) == (State.DONE, ["Emma"])

    assert worked(bring(client, gzip.compress(STRANGE.replace(b"Emma", b"Persuasion")))).state == State.DONE
    assert titles() == ["Emma", "Persuasion"]


def test_a_list_of_members_stands_on_no_shelf(client: APIClient, alice: User) -> None:
    job = worked(bring(client, gzip.compress(PEOPLE), owner=alice.pk))

    assert (job.state, job.problem) == (State.FAILED, "This is a list of members. Only books stand on a shelf.")


def test_the_chosen_order_of_dates_is_kept(client: APIClient) -> None:
    job = worked(bring(client, gzip.compress(PEOPLE), dates="month"))

    assert (job.state, job.format) == (State.DONE, "members-month")
    assert Member.objects.get(card="77")
    assert worked(bring(client, gzip.compress(LIST), dates="month")).format == "csv"


def test_a_worker_killed_after_unpacking_goes_on(client: APIClient) -> None:
    job = bring(client, gzip.compress(LIST))
    Import.objects.filter(pk=job.pk).update(state=State.RUNNING)
    recognising.unpacked(job.original)

    assert (worked(job).state, titles()) == (State.DONE, ["Solaris"])


def test_what_is_cancelled_meanwhile_stays_cancelled(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    job = bring(client, gzip.compress(LIST))
    plain = unpacking.plain

    def cancelled_over(path: Any) -> None:
        plain(path)
        pipeline.cancel(Import.objects.get(pk=job.pk))

    monkeypatch.setattr(unpacking, "plain", cancelled_over)

    assert (worked(job).state, titles()) == (State.CANCELLED, [])
