"""Saying what the columns of a table are, with the first rows as they would be read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bookplate.catalog.importing import tasks
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.models import Book
from bookplate.people.models import User
from tests.web.conftest import htmx

LIST = b"Werk;Wer;Kennung\nEmma;Austen;\nDune;Herbert;12\n"


@pytest.fixture
def client(visit: Callable[[User | None], Client], librarian: User, settings: Any, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = tmp_path
    return visit(librarian)


def upload(client: Client) -> str:
    """The address to which it leads."""
    answer = client.post("/imports/", {"file": SimpleUploadedFile("list.csv", LIST), "copies": 1})
    assert answer.status_code == 302
    return str(answer["Location"])


def chosen(page: str) -> list[str]:
    return [part.split("</option>")[0].partition(">")[2] for part in page.split(" selected")[1:]]


def test_a_table_of_unknown_columns_asks_what_they_are(client: Client) -> None:
    address = upload(client)
    page = client.get(address).text

    assert Import.objects.get().state == State.ASKING
    assert page.count(">Kennung (12)</option>") == page.count(">Werk (Emma)</option>") == 12
    assert "Say which column has the title, or the ISBN." in page
    assert "if known" not in page
    assert f'href="{address}"' in client.get(address.replace("columns/", "")).text


def test_the_first_rows_are_shown_as_they_would_be_read(client: Client) -> None:
    part = client.get(upload(client), {"title": "1", "author": "2", "isbn": "3"}, **htmx("preview")).text

    assert "<html" not in part
    assert '<td dir="auto">Emma</td>' in part
    assert "12 is not an ISBN: it has 2 digits instead of 10 or 13." in part


def test_the_list_comes_in_by_what_was_said(client: Client) -> None:
    address = upload(client)
    answer = client.post(address, {"title": "1", "author": "2"})
    job = Import.objects.get()
    tasks.bring_in.call(job.pk)

    assert answer["Location"] == f"/imports/{job.pk}/"
    assert list(Book.objects.order_by("pk").values_list("title", "author")) == [("Emma", "Austen"), ("Dune", "Herbert")]


def test_who_goes_back_is_led_to_the_import(client: Client) -> None:
    address = upload(client)
    job = Import.objects.get()
    client.post(address, {"title": "1"})

    assert [client.get(address)["Location"], client.post(address, {"title": "1"})["Location"]] == [
        f"/imports/{job.pk}/"
    ] * 2
    assert client.get(address, **htmx("preview"))["HX-Redirect"] == f"/imports/{job.pk}/"
    assert client.get("/imports/999/columns/").status_code == 404


def test_what_was_said_is_remembered_for_the_next_file(client: Client) -> None:
    first = upload(client)
    assert chosen(client.get(first).text) == ["Not in this list"] * 12
    client.post(first, {"title": "1", "author": "2"})

    assert (
        chosen(client.get(upload(client)).text)
        == ["Werk (Emma)", "Not in this list", "Wer (Austen)"] + ["Not in this list"] * 9
    )


@pytest.mark.parametrize("said", [{}, {"author": "2"}, {"title": "9"}, {"title": "x"}])
def test_without_a_title_nothing_comes_in(client: Client, said: dict[str, str]) -> None:
    answer = client.post(upload(client), said)

    assert (answer.status_code, Import.objects.get().state) == (400, State.ASKING)
    assert "Say which column has the title, or the ISBN; without one no book can be told." in answer.text


def test_a_file_that_is_left_is_cancelled(client: Client) -> None:
    address = upload(client)
    client.post(address.replace("columns", "cancel"))

    assert Import.objects.get().state == State.CANCELLED
    assert client.get(address)["Location"] == address.replace("columns/", "")
