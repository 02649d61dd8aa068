import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tasks_db.models import DBTaskResult

from bookplate.catalog.importing import pipeline, tasks
from bookplate.catalog.importing.models import Import, ImportFailure, State
from bookplate.catalog.models import Book, Copy
from bookplate.people.models import User
from tests.catalog.importing.test_formats import FIXTURES
from tests.web.conftest import LIST, htmx

Visit = Callable[[User | None], Client]


@pytest.fixture
def client(visit: Visit, librarian: User, settings: Any, tmp_path: Any) -> Client:
    settings.MEDIA_ROOT = tmp_path
    return visit(librarian)


def upload(client: Client, content: bytes, **more: str) -> Any:
    return client.post("/imports/", {"file": SimpleUploadedFile("list.csv", content), **more}, follow=True)


def plain(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_file_is_kept_and_given_to_the_worker(client: Client, librarian: User) -> None:
    answer = upload(client, LIST)

    assert Import.objects.values_list("name", "state", "by", "dry_run").get() == (
        "list.csv",
        State.WAITING,
        librarian.pk,
        False,
    )
    assert DBTaskResult.objects.get().args_kwargs["args"] == [Import.objects.get().pk]
    assert 'hx-trigger="every 1s"' in answer.text


def test_dry_run_is_passed_on(client: Client) -> None:
    assert "only tried: nothing was changed" in upload(client, LIST, dry_run="on").text
    assert Import.objects.get().dry_run


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"", "This file is empty."), (b"%PDF-1.4", "This looks like a PDF."), (b"\x00\x01\x02", "not known")],
)
def test_file_that_cannot_be_read_is_refused_with_a_sentence(content: bytes, fault: str, client: Client) -> None:
    answer = upload(client, content)

    assert (answer.status_code, Import.objects.count()) == (400, 0)
    assert fault in answer.text


def test_no_file_chosen(client: Client) -> None:
    assert "Choose a file first." in client.post("/imports/").text


def test_counts_add_up_in_words_and_failures_are_listed(client: Client, job: Import) -> None:
    answer = client.get(f"/imports/{job.pk}/")

    assert "2 records read = 1 new + 0 completed + 0 known already + 1 failed" in plain(answer.text)
    assert "3 isbn 123 is not an ISBN: it has 3 digits instead of 10 or 13." in plain(answer.text)
    assert "every 1s" not in answer.text
    assert Book.objects.get().title == "Good"


def test_polling_gets_the_progress_alone(client: Client, job: Import) -> None:
    assert "<html" not in client.get(f"/imports/{job.pk}/", **htmx("import")).text


def test_failed_records_come_as_a_file_to_mend(client: Client, job: Import) -> None:
    failed = client.get(f"/imports/{job.pk}/failed/")
    reasons = client.get(f"/imports/{job.pk}/reasons/")

    assert (failed["Content-Disposition"], reasons["Content-Disposition"]) == (
        'attachment; filename="list-failed.csv"',
        'attachment; filename="list-failed-reasons.csv"',
    )
    assert "Bad,Somebody,123" in failed.getvalue().decode("utf-8-sig")
    assert "3 digits instead of 10 or 13" in reasons.getvalue().decode("utf-8-sig")


def test_nothing_failed_is_nothing_to_download(client: Client, job: Import) -> None:
    ImportFailure.objects.all().delete()
    Import.objects.update(failed=0, read=1)

    assert [client.get(f"/imports/{job.pk}/{name}/").status_code for name in ("failed", "reasons")] == [404, 404]
    assert "Every record was understood." in client.get(f"/imports/{job.pk}/").text


def test_file_that_stopped_says_why(client: Client, job: Import) -> None:
    Import.objects.update(state=State.FAILED, problem="The file ends in the middle of a record.")

    assert "The file ends in the middle of a record." in client.get(f"/imports/{job.pk}/").text


def test_a_list_of_members_comes_in_by_the_same_page(client: Client) -> None:
    upload(client, b"cardnumber,surname,firstname\n7,Ek,Dora\n")
    job = Import.objects.get()
    pipeline.run(job)
    answer = client.get(f"/imports/{job.pk}/")

    assert "List of members (card, name), brought in by librarian" in plain(answer.text)
    assert "1 record read = 1 new" in plain(answer.text)
    assert 'href="/members/"' in answer.text.partition("understood.")[2][:200]


def test_loans_that_are_over_are_told_apart(client: Client) -> None:
    upload(client, b"card,barcode,due,returned\n7,B1,2026-01-10,2026-01-09\n")
    job = Import.objects.get()
    pipeline.run(job)

    assert "+ 0 failed + 1 skipped (over already)" in plain(client.get(f"/imports/{job.pk}/").text)


@pytest.mark.parametrize(
    ("content", "unused"),
    [
        (b"title,author,Shelf life\nSolaris,Lem,9\n", "Shelf life"),
        (b"bookplate_row,bookplate_reason,title,\xe2\x98\x85 of me,\n2,Mended,Solaris,5,\n", "★ of me"),
        (b"card,name,Shoe size,Hat size\n1,Ann,40,57\n", "Shoe size, Hat size"),
        ((FIXTURES / "goodreads.csv").read_bytes(), "Book Id, Author l-f, My Rating, Average Rating, Binding"),
    ],
)
def test_columns_that_there_is_no_place_for_are_named(client: Client, content: bytes, unused: str) -> None:
    upload(client, content)
    pipeline.run(job := Import.objects.get())

    assert f"Columns that Bookplate has no place for: {unused}" in plain(client.get(f"/imports/{job.pk}/").text)


def test_nothing_is_said_of_columns_that_were_all_read(client: Client, job: Import) -> None:
    assert "no place for" not in client.get(f"/imports/{job.pk}/").text


def test_who_knows_how_a_list_writes_dates_says_so(client: Client) -> None:
    answer = upload(client, b"card,name,expires\n1,Ann,03/04/2027\n", dates="day", dry_run="on")
    pipeline.run(Import.objects.get())

    page = plain(client.get(answer.redirect_chain[-1][0]).text)
    assert "1 record read = 1 new" in page
    assert "Dates such as 03/04/2026 were read with the day first, as was chosen." in page
    assert upload(client, b"card,name\n1,Ann\n", dates="year").status_code == 400


def test_that_it_is_over_is_read_out_where_it_was_watched(client: Client, job: Import) -> None:
    """What is swapped is no live region: one that stays on the page is told, once, by the last answer."""
    whole, part = (client.get(f"/imports/{job.pk}/", **more).text for more in ({}, htmx("import")))

    assert '<p id="said" class="visually-hidden" role="status"></p>' in whole
    assert ("hx-swap-oob" in whole, part.count("hx-swap-oob")) == (False, 1)
    assert plain(part).endswith("Done: 2 records read, 1 failed.")


def test_a_running_import_can_be_cancelled(client: Client) -> None:
    page = upload(client, LIST)
    job = Import.objects.get()
    assert f'action="/imports/{job.pk}/cancel/"' in page.text

    answer = client.post(f"/imports/{job.pk}/cancel/", follow=True)
    assert "Cancelled after row 0. What was brought in until then stays." in answer.text


def test_a_whole_import_is_taken_back(client: Client, job: Import) -> None:
    address = f"/imports/{job.pk}/"
    assert "Undo all of it" in client.get(address).text
    page = client.post(f"{address}undo/", follow=True).text
    assert ("Being undone" in page, "every 1s" in page, f"{address}cancel/" in page) == (True, True, False)
    tasks.take_back.call(job.pk)

    assert "All of it was taken back" in client.get(address).text
    assert Book.objects.count() == 0


def test_what_is_used_is_not_taken_back_and_says_why(client: Client, job: Import) -> None:
    Copy.objects.create(book=Book.objects.get(), barcode="B9")
    page = client.post(f"/imports/{job.pk}/undo/", follow=True).text

    assert "There is a copy by now: B9. Only what nobody has used since it came can be taken back." in page


def test_a_member_brings_their_own_books_in(visit: Visit, alice: User, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = visit(alice)
    assert 'href="/imports/"' in client.get("/my/shelf/").text
    assert 'name="owner"' not in client.get("/imports/").text
    page = upload(client, LIST)
    tasks.bring_in.call(Import.objects.get().pk)

    assert "for the shelf of alice" in plain(page.text)
    assert Copy.objects.values_list("owner__username", "visibility").get() == ("alice", "friends")


def test_a_librarian_chooses_whose_the_copies_are(client: Client, alice: User) -> None:
    assert "There is no account “nobody”." in upload(client, LIST, owner="nobody").text
    upload(client, LIST, owner="alice", shelfmark="Attic", visibility="members")
    tasks.bring_in.call(Import.objects.get().pk)

    assert Copy.objects.values_list("owner", "shelfmark", "visibility").get() == (alice.pk, "Attic", "members")
