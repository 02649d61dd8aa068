"""A book that was merged comes again with its list: it is found, and not made anew."""

import html
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from bookplate.catalog.duplicates.models import Merge
from bookplate.catalog.importing import tasks
from bookplate.catalog.importing.models import Import, ImportFailure
from bookplate.catalog.models import Book, Copy
from bookplate.lending import verify
from bookplate.lending.models import Hold
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

HEAD = "title,author,isbn,year,publisher\n"
BARE = "Emma,Jane Austen,,1815,\n"
PENGUIN = 'Emma: a novel,"Austen, Jane",9780141439587,2003,Penguin\n'
OTHER = "Emma,J. Austen,,1815,Dent\n"


@pytest.fixture
def client(librarian: User, settings: Settings, tmp_path: Any) -> Iterator[APIClient]:
    settings.MEDIA_ROOT = tmp_path
    yield signed_in(librarian)
    assert list(verify.check()) == []


def brought(client: APIClient, rows: str, head: str = HEAD, *, dry_run: bool = False) -> tuple[int, int, int, int]:
    """Created, updated, unchanged and failed."""
    file = SimpleUploadedFile("list.csv", (head + rows).encode())
    answer = client.post("/api/imports/", {"file": file, "dry_run": dry_run}, format="multipart")
    assert answer.status_code == 201, answer.json()
    tasks.bring_in.call(answer.json()["id"])
    job = Import.objects.get(pk=answer.json()["id"])
    return job.created, job.updated, job.unchanged, job.failed


def merged(client: APIClient, keep: str, other: str, **values: str) -> str:
    """The address of the merge of these two books, by their titles."""
    numbers = {"keep": Book.objects.get(title=keep).pk, "merged": Book.objects.get(title=other).pk}
    answer = client.post("/api/merges/", numbers | {"values": values}, format="json")
    assert answer.status_code == 201, answer.json()
    return str(answer.headers["Location"])


@pytest.mark.parametrize(("keep", "other"), [("Emma", "Emma: a novel"), ("Emma: a novel", "Emma")])
@pytest.mark.parametrize("values", [{}, {"isbn": "keep", "title": "merged", "published_year": "merged"}])
def test_both_are_found_in_the_one_that_was_kept(
    client: APIClient, keep: str, other: str, values: dict[str, str]
) -> None:
    assert brought(client, BARE + PENGUIN) == (2, 0, 0, 0)
    merge = merged(client, keep, other, **values)
    before = Book.objects.values().get()

    for dry_run in (True, False):
        assert brought(client, BARE + PENGUIN, dry_run=dry_run) == (0, 0, 2, 0)
    assert Book.objects.values().get() == before
    assert client.delete(merge).status_code == 204
    assert brought(client, BARE + PENGUIN) == (0, 0, 2, 0)
    assert Book.objects.count() == 2


def test_what_the_list_knows_more_is_filled_in_once(client: APIClient) -> None:
    brought(client, BARE + "Emma 2,,,,\n")
    merged(client, "Emma 2", "Emma", published_year="keep")

    for dry_run in (True, False):
        assert brought(client, "Emma 2,,,,\n" + BARE.replace(",\n", ",Dent\n") * 2, dry_run=dry_run) == (0, 1, 2, 0)
    assert Book.objects.get().publisher == "Dent"


def test_a_list_of_holds_names_it_by_the_isbn_that_it_had(client: APIClient, bob: User) -> None:
    brought(client, PENGUIN + "Emma 2,,9780192837523,,\n")
    merged(client, "Emma 2", "Emma: a novel")

    assert brought(client, f"{bob.member.card},9780141439587,1\n", head="card,isbn,priority\n") == (1, 0, 0, 0)
    assert Hold.objects.get().book.title == "Emma 2"


@pytest.fixture
def emma(client: APIClient) -> Book:
    """The book that was kept, with the number of the other."""
    brought(client, PENGUIN + "Emma 2,,9780192837523,,\n")
    merged(client, "Emma 2", "Emma: a novel", author="keep")
    return Book.objects.get()


TAKEN = "The book with this ISBN is part of “Emma 2” now (book {})."


def test_it_is_not_added_anew_by_the_api(client: APIClient, emma: Book) -> None:
    answer = client.post("/api/books/", {"title": "Emma", "isbn": "0-14-143958-0"})

    assert (answer.status_code, answer.json()["errors"]) == (400, {"isbn": [TAKEN.format(emma.pk)]})
    assert Book.objects.get() == emma


@pytest.mark.parametrize("who", ["librarian", "alice"])
def test_nor_on_the_page_or_on_ones_own_shelf(
    client: APIClient, emma: Book, librarian: User, alice: User, who: str
) -> None:
    browser = Client()
    browser.force_login({"librarian": librarian, "alice": alice}[who])
    form = {"title": "Emma", "isbn": "9780141439587", "visibility": "friends"}
    answer = browser.post("/books/add/", form)

    assert (answer.status_code, TAKEN.format(emma.pk) in html.unescape(answer.text)) == (400, True)
    assert (Book.objects.get(), Copy.objects.filter(owner=alice).count()) == (emma, 0)
    found = browser.get("/books/look-up/", {"isbn": "9780141439587"}).text
    assert f'<a href="/books/{emma.pk}/">Emma 2</a>' in found


def test_once_the_merge_is_undone_its_number_is_its_own_again(client: APIClient, emma: Book) -> None:
    client.delete(f"/api/merges/{Merge.objects.get().pk}/")
    answer = client.post("/api/books/", {"title": "Emma", "isbn": "9780141439587"})

    assert answer.json()["errors"] == {"isbn": ["There is a book with this ISBN already."]}


@pytest.mark.parametrize("title", ["Emma: a novel", "EMMA:  A Novel", "Emma 2"])
@pytest.mark.parametrize("author", ["", "Jane Austen"])
def test_a_list_of_holds_names_it_by_the_title_that_it_had(
    client: APIClient, bob: User, title: str, author: str
) -> None:
    brought(client, PENGUIN + 'Emma 2,"Austen, Jane",9780192837523,,\n')
    merged(client, "Emma 2", "Emma: a novel")

    head, rows = "card,title,author,priority\n", f"{bob.member.card},{title},{author},1\n"
    assert brought(client, rows, head, dry_run=True) == (1, 0, 0, 0)
    assert brought(client, rows, head) == (1, 0, 0, 0)
    assert Hold.objects.get().book.title == "Emma 2"


def test_a_title_that_two_books_had_is_asked_about(client: APIClient, bob: User) -> None:
    brought(client, PENGUIN + "Emma 2,,9780192837523,,\nEmma: a novel,,,2020,\n")
    books = Book.objects.in_bulk(field_name="isbn", id_list=["9780192837523", "9780141439587"])
    numbers = {"keep": books["9780192837523"].pk, "merged": books["9780141439587"].pk}
    assert client.post("/api/merges/", numbers, format="json").status_code == 201

    assert brought(client, f"{bob.member.card},Emma: a novel,1\n", "card,title,priority\n") == (0, 0, 0, 1)
    said = "There are 2 books “Emma: a novel”. Name it by its ISBN or barcode."
    assert ImportFailure.objects.get().reason == said
