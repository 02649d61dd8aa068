"""/api/exports/<format>/."""

import errno
import json
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from bookplate.catalog.exporting import spooling
from bookplate.catalog.exporting.formats import FORMATS
from bookplate.catalog.models import Book, Copy
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.LIBRARY_NAME = "Bücherei"


def sent(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_it_is_a_file_with_a_name_and_a_length() -> None:
    Book.objects.create(title="Emma")
    answer: Any = APIClient().get("/api/exports/csv/", headers={"Accept": "text/csv"})
    content = sent(answer)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["Content-Length"] == str(len(content))
    name = answer.headers["Content-Disposition"]
    assert name.startswith("attachment; filename*=utf-8''B%C3%BCcherei%202")
    assert name.endswith(".csv")
    assert content.decode("utf-8-sig").splitlines()[1] == "Emma,,,,,,,,,"


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_takes_the_filters_of_the_list(kind: str) -> None:
    for title in ("Emma", "Persuasion"):
        Book.objects.create(title=title, language="en")
    one, both = (
        sent(APIClient().get(f"/api/exports/{kind}/", query)) for query in ({"search": "emma"}, {"language": "en"})
    )

    assert 0 < len(one) < len(both)


def test_nobody_gets_copies_that_they_may_not_see(alice: User, bob: User) -> None:
    book = Book.objects.create(title="Emma")
    Copy.objects.create(book=book, barcode="ALICE", owner=alice, visibility="owner")
    copies = [
        json.loads(sent(client.get("/api/exports/jsonl/")))["copies"]
        for client in (APIClient(), signed_in(bob), signed_in(alice))
    ]

    assert copies == [[], [], [{"barcode": "ALICE", "shelfmark": ""}]]


def test_what_is_wrong_with_the_address_is_told() -> None:
    assert APIClient().get("/api/exports/pdf/").status_code == 404
    answer: Any = APIClient().get("/api/exports/csv/?published_year=x")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["published_year"])


def test_a_closed_catalogue_is_closed_here_too(settings: Any, alice: User) -> None:
    settings.PUBLIC_CATALOGUE = False

    assert APIClient().get("/api/exports/csv/").status_code == 401
    assert signed_in(alice).get("/api/exports/csv/").status_code == 200


def test_past_two_at_once_one_is_told_to_wait(tmp_path: Any) -> None:
    with spooling._place(), spooling._place():
        answer: Any = APIClient().get("/api/exports/csv/")
    again = APIClient().get("/api/exports/csv/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert answer.json()["type"] == "/api/problems/too-many-exports"
    assert again.status_code == 200


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spooling, "_begun", full)
    answer: Any = APIClient().get("/api/exports/csv/")
    page = client.get("/exports/csv/", follow=True).content.decode()

    assert (answer.status_code, answer.json()["type"]) == (507, "/api/problems/insufficient-storage")
    assert "No space left on device" in answer.json()["detail"]
    assert "The file cannot be made: No space left on device." in page
    monkeypatch.undo()
    assert [APIClient().get("/api/exports/csv/").status_code for _ in range(3)] == [200] * 3


def test_nothing_of_it_stays_on_the_disk(tmp_path: Any) -> None:
    Book.objects.create(title="Emma")
    answer = APIClient().get("/api/exports/csv/")

    assert list((tmp_path / "exports").iterdir()) == []
    assert b"Emma" in sent(answer)
