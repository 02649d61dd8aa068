"""/api/imports/: bringing lists in from a script or an app."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from bookplate.catalog.importing import pipeline, tasks
from bookplate.catalog.importing.models import Import, ImportFailure
from bookplate.catalog.models import Book, Copy
from bookplate.lending import checkout
from bookplate.people import scripts
from bookplate.people.models import Group, Member, User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

LIST = b"title,author,isbn\nSolaris,Lem,\nBad,Lem,12\n"


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "imports"


@pytest.fixture
def client(librarian: User) -> APIClient:
    return signed_in(librarian)


def bring(client: APIClient, content: bytes = LIST, key: str = "", **fields: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"file": SimpleUploadedFile("list.csv", content), **fields}
    return client.post("/api/imports/", body, format="multipart", headers=headers)


def worked() -> None:
    """A worker does what is waiting."""
    for task in DBTaskResult.objects.filter(status="READY"):
        {"bring_in": tasks.bring_in, "take_back": tasks.take_back}[task.task_name].call(*task.args_kwargs["args"])
    DBTaskResult.objects.update(status="SUCCESSFUL")


def counts(answer: Any) -> list[int]:
    return [answer.json()[name] for name in ("read", "created", "updated", "unchanged", "failed", "skipped")]


def test_columns_that_are_not_read_are_named(client: APIClient) -> None:
    made = bring(client, b"title,Stars,author,\nSolaris,5,Lem,\n")
    worked()

    assert client.get(made["Location"]).json()["unused_columns"] == ["Stars"]


def test_a_file_is_brought_in_and_every_record_accounted_for(client: APIClient, librarian: User) -> None:
    made = bring(client, copies=2, shelfmark="Attic")
    address = made["Location"]
    assert made.status_code == 201
    assert (made.json()["state"], made.json()["percent"], made.json()["shelfmark"]) == ("waiting", 0, "Attic")
    worked()

    answer = client.get(address)
    assert (answer.json()["state"], answer.json()["percent"], counts(answer)) == ("done", 100, [2, 1, 0, 0, 1, 0])
    [failure] = client.get(f"{address}failures/").json()
    reason = "12 is not an ISBN: it has 2 digits instead of 10 or 13."
    assert (failure["position"], failure["offset"], failure["field"], failure["reason"]) == (3, 31, "isbn", reason)
    assert Copy.objects.filter(shelfmark="Attic").count() == 2


def test_the_failed_records_come_as_a_file_that_can_be_brought_in_again(client: APIClient) -> None:
    address = bring(client)["Location"]
    assert client.get(f"{address}failed/").status_code == 404
    worked()
    file = client.get(f"{address}failed/", headers={"Accept": "application/octet-stream"})

    assert file["Content-Disposition"] == 'attachment; filename="list-failed.csv"'
    content = file.getvalue()
    assert "Bad,Lem,12" in content.decode("utf-8-sig")
    mended = content.replace(b"Lem,12", b"Lem,")
    again = bring(client, mended)["Location"]
    worked()
    assert counts(client.get(again)) == [1, 1, 0, 0, 0, 0]


def test_the_same_key_brings_the_file_in_once(client: APIClient, uploads: Path) -> None:
    first, again = bring(client, key="k1"), bring(client, key="k1")

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again["Location"] == first["Location"]
    assert (Import.objects.count(), DBTaskResult.objects.count(), len(list(uploads.iterdir()))) == (1, 1, 1)
    for other in (bring(client, b"title\nX\n", key="k1"), bring(client, key="k1", copies=3)):
        assert (other.status_code, other.json()["type"]) == (409, "/api/problems/key-used-otherwise")


@pytest.mark.parametrize(
    ("content", "fields", "field", "sentence"),
    [
        (b"", {}, "file", "The file is empty."),
        (b"%PDF-1.4", {}, "file", "This looks like a PDF."),
        (LIST, {"copies": 11}, "copies", "Ensure this value is less than or equal to 10."),
        (LIST, {"visibility": "friends"}, "visibility", "These copies can be shown to everyone, members, owner only."),
        (LIST, {"owner": 987654}, "owner", "There is none with the id 987654, or none for you."),
        (LIST, {"dates": "year"}, "dates", '"year" is not a valid choice.'),
        (LIST, {"shelfmark": "a\0b"}, "shelfmark", "Null characters are not allowed."),
        (LIST, {"columns": "title"}, "columns", '"author": 2}. This is not JSON: Expecting value'),
        (LIST, {"columns": "[" * 9000}, "columns", "nested"),
        (LIST, {"columns": "[1]"}, "columns", "Write an object such as"),
        (LIST, {"columns": '{"title": "Werk"}'}, "columns", "There is no column “Werk”. There are: title,"),
        (LIST, {"columns": '{"title": true}'}, "columns", "There is no column “True”."),
        (LIST, {"columns": '{"author": 2}'}, "columns", "Say which column has the title, or the ISBN"),
        (LIST, {"columns": '{"colour": 2, "title": 1}'}, "columns", "“colour” is no field of a book."),
        (b"Werk,Wer\nEmma,Austen\n", {}, "columns", "What the columns are is not known: “Werk”, “Wer”."),
    ],
)
def test_what_cannot_be_brought_in_says_why(
    client: APIClient, uploads: Path, content: bytes, fields: dict[str, Any], field: str, sentence: str
) -> None:
    answer = bring(client, content, **fields)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert sentence in answer.json()["errors"][field][0]
    assert (Import.objects.count(), list(uploads.glob("*"))) == (0, [])


def test_no_file_and_no_form(client: APIClient) -> None:
    assert client.post("/api/imports/", {"copies": 1}, format="multipart").json()["errors"] == {
        "file": ["No file was submitted."]
    }
    refused = client.post("/api/imports/", {"copies": 1})
    assert (refused.status_code, refused.json()["detail"]) == (
        415,
        'Unsupported media type "application/json" in request. This address takes multipart/form-data.',
    )
    strange = client.post("/api/imports/", b"x", content_type="multipart/form-data; boundary=b; charset=bz2_codec")
    assert strange.status_code == 400


def test_the_columns_are_said_and_remembered(client: APIClient) -> None:
    for fields in ({"columns": json.dumps({"title": "Werk", "author": 2})}, {}):
        assert bring(client, b"Werk,Wer\nEmma,Austen\n", **fields).status_code == 201
        worked()

    assert [list(job.columns.items()) for job in Import.objects.all()] == [[("title", 0), ("author", 1)]] * 2
    assert Book.objects.values_list("title", "author").get() == ("Emma", "Austen")


def test_dates_are_read_as_was_chosen(client: APIClient) -> None:
    bring(client, b"card,name,expires\n1,Ann,03/04/2027\n", dates="day")
    worked()

    assert str(Member.objects.get(card="1").expires_on) == "2027-04-03"


def assert_ok(answer: Any) -> None:
    assert answer.status_code == 200


def test_cancelling_keeps_what_came_in(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 1)
    address = bring(client)["Location"]
    job = Import.objects.get()
    pipeline.run(job, lambda now: assert_ok(client.post(f"{address}cancel/")))

    answer = client.post(f"{address}cancel/")
    assert (answer.status_code, answer.json()["state"], counts(answer)) == (200, "cancelled", [1, 1, 0, 0, 0, 0])
    assert Book.objects.count() == 1


def test_undoing_takes_all_of_it_back(client: APIClient) -> None:
    address = bring(client)["Location"]
    early = client.post(f"{address}undo/")
    assert (early.status_code, early.json()["type"]) == (409, "/api/problems/cannot-undo")
    worked()

    assert client.post(f"{address}undo/").json()["state"] == "undoing"
    worked()
    assert (client.get(address).json()["state"], Book.objects.count(), Copy.objects.count()) == ("undone", 0, 0)


def test_undoing_what_was_lent_is_refused(client: APIClient, alice: User) -> None:
    address = bring(client)["Location"]
    worked()
    checkout.check_out(Copy.objects.get(), alice.member, by=None)
    answer = client.post(f"{address}undo/")

    assert (answer.status_code, Book.objects.count()) == (409, 1)
    assert answer.json()["detail"].startswith("There is a loan by now: ")


def test_a_member_brings_their_own_books_to_their_own_shelf(alice: User, bob: User) -> None:
    client = signed_in(alice)
    assert bring(client, owner=bob.pk).status_code == 400
    assert bring(client, owner_group=Group.objects.get().pk).status_code == 400
    address = bring(client, visibility="owner", owner=alice.pk)["Location"]
    worked()

    assert Copy.objects.values_list("owner", "visibility").get() == (alice.pk, "owner")
    assert [row["id"] for row in client.get("/api/imports/").json()] == [Import.objects.get().pk]
    assert signed_in(bob).get(address).status_code == 404
    assert signed_in(bob).get("/api/imports/").json() == []


def test_a_script_needs_the_scope(librarian: User) -> None:
    for scope, status in (("read", 403), ("catalogue", 201)):
        client = APIClient()
        _, text = scripts.make(librarian, "nightly", [scope], 1)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        assert bring(client).status_code == status


def test_lists_take_as_many_queries_with_three_rows_as_with_one(
    client: APIClient, librarian: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bring(client)
    worked()
    job = Import.objects.get()
    addresses = ("/api/imports/", f"/api/imports/{job.pk}/failures/")
    needed = []
    for address in addresses:
        client.get(address)
        with django_assert_max_num_queries(10) as one:
            assert len(client.get(address).json()) == 1
        needed.append(len(one))
    for number in (10, 11):
        Import.objects.create(name="list.csv", format="csv", size=1, by=librarian)
        ImportFailure.objects.create(job=job, position=number, offset=0, content=b"")
    for address, most in zip(addresses, needed, strict=True):
        with django_assert_max_num_queries(most):
            assert len(client.get(address).json()) == 3
