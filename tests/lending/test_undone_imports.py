"""An import is not taken back over the heads of those who count on what came with it: refused on API and page."""

import html
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from bookplate.catalog import books, copies
from bookplate.catalog.importing import pipeline, tasks, undo
from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book, Copy
from bookplate.lending import checkout, conditions, holds, merging, unmerging, verify
from bookplate.lending.conditions import Condition
from bookplate.people import members
from bookplate.people.models import Member, User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db

DUNE = "9780441172719"
BOOKS = f"title,isbn,barcode\nSolaris,,S1\nDune,{DUNE},K1\nSolaris,,S2\nDune,{DUNE},K2\n"
CARDS = "card,name\n7,Dora Ek\n8,Emil Ek\n"
WAITS = "Bob Example waits for “Dune”, and the library would have no copy of it."
ONLY = "Only what nobody has used since it came can be taken back."


@pytest.fixture
def client(librarian: User, settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[APIClient]:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(pipeline, "BATCH", 2)
    yield signed_in(librarian)
    assert list(verify.check()) == []


def brought(client: APIClient, content: str) -> str:
    """The address of the import."""
    file = SimpleUploadedFile("list.csv", content.encode())
    answer = client.post("/api/imports/", {"file": file}, format="multipart")
    tasks.bring_in.call(answer.json()["id"])
    return str(answer.headers["Location"])


def undone(client: APIClient, address: str) -> Any:
    """What the import says after a worker has undone it."""
    client.post(f"{address}undo/")
    tasks.take_back.call(Import.objects.get().pk)
    return client.get(address).json()


def waits(bob: User) -> Callable[[], object]:
    hold = holds.place(Book.objects.get(title="Dune"), bob.member)
    return lambda: holds.cancel(hold)


def waits_for_what_was_withdrawn_else(bob: User) -> Callable[[], object]:
    old = Copy.objects.create(book=Book.objects.get(title="Dune"), barcode="OLD")
    hold = holds.place(old.book, bob.member)
    conditions.set_condition(old, Condition.WITHDRAWN)
    return lambda: (holds.cancel(hold), old.delete())


def has_the_card(bob: User) -> Callable[[], object]:
    Member.objects.filter(user=bob).delete()
    members.link(bob, members.make_link_code(Member.objects.get(card="7")))
    return lambda: members.unlink(Member.objects.get(card="7"))


def merged(bob: User) -> Callable[[], object]:
    other = Book.objects.create(title="The planet Solaris", author="Lem")
    merge = merging.merge(Book.objects.get(title="Solaris"), other)
    return lambda: unmerging.undo(merge)


@pytest.mark.parametrize(
    ("content", "use", "why"),
    [
        (BOOKS, waits, WAITS),
        (BOOKS, waits_for_what_was_withdrawn_else, WAITS),
        (CARDS, has_the_card, "The card 7 belongs to the account bob by now."),
        (BOOKS, merged, "“The planet Solaris” was merged with another book since."),
    ],
)
def test_it_is_refused_with_the_reason_until_nobody_does(
    client: APIClient, librarian: User, bob: User, content: str, use: Any, why: str
) -> None:
    Book.objects.create(title="Dune", isbn=DUNE)
    address = brought(client, content)
    no_more = use(bob)

    refused = client.post(f"{address}undo/")
    assert (refused.status_code, refused.json()["detail"]) == (409, f"{why} {ONLY}")
    number = Import.objects.get().pk
    browser = Client()
    browser.force_login(librarian)
    page = browser.post(f"/imports/{number}/undo/", follow=True)
    assert f"{why} {ONLY}" in html.unescape(page.text)
    with pytest.raises(CommandError) as said:
        call_command("undo_import", str(number))
    assert str(said.value) == f"{why} {ONLY}"

    no_more()
    assert undone(client, address)["state"] == "undone"
    assert set(Book.objects.values_list("title", flat=True)) - {"The planet Solaris"} == {"Dune"}
    assert not Copy.objects.exists()
    assert not Member.objects.filter(card__in=["7", "8"]).exists()


def test_who_has_another_copy_to_wait_for_is_no_hindrance(client: APIClient, bob: User) -> None:
    old = Copy.objects.create(book=Book.objects.create(title="Dune", isbn=DUNE), barcode="OLD")
    address = brought(client, BOOKS)
    holds.place(old.book, bob.member)

    assert undone(client, address)["state"] == "undone"
    assert list(Copy.objects.values_list("barcode", flat=True)) == ["OLD"]


@pytest.mark.parametrize(
    ("content", "use", "why", "left"),
    [
        (BOOKS, waits, WAITS, ["K1"]),
        (CARDS, has_the_card, "The card 7 belongs to the account bob by now.", []),
        (BOOKS, merged, "“The planet Solaris” was merged with another book since.", ["K1"]),
    ],
)
def test_who_comes_while_it_is_undone_keeps_what_they_count_on(
    client: APIClient, bob: User, content: str, use: Any, why: str, left: list[str]
) -> None:
    Book.objects.create(title="Dune", isbn=DUNE)
    address = brought(client, content)
    undo.begin(Import.objects.get(), lambda number: None)
    use(bob)

    said = undone(client, address)
    assert (said["state"], why in said["problem"]) == ("failed", True)
    assert list(Copy.objects.filter(book__title="Dune").values_list("barcode", flat=True)) == left
    assert Member.objects.filter(user=bob).count() == 1


def test_a_book_that_somebody_has_edited_since_stays_with_its_copies_and_is_named(
    client: APIClient, librarian: User
) -> None:
    address = brought(
        client, f"title,isbn,barcode,publisher\nSolaris,,S1,\nDune,{DUNE},K1,\nEmma,,E1,\nDune,{DUNE},K2,Ace\n"
    )
    dune = Book.objects.get(title="Dune")
    assert client.patch(f"/api/books/{dune.pk}/", {"title": "Dune!"}, format="json").status_code == 200

    said = undone(client, address)

    assert (said["state"], said["kept"]) == ("undone", [dune.pk])
    assert list(Book.objects.values_list("title", "publisher")) == [("Dune!", "Ace")]
    assert list(Copy.objects.order_by("barcode").values_list("barcode", flat=True)) == ["K1", "K2"]
    browser = Client()
    browser.force_login(librarian)
    page = browser.get(f"/imports/{said['id']}/").text
    assert "1 book stayed with its copies, as somebody" in " ".join(page.split())
    assert f'<a href="/books/{dune.pk}/" dir="auto">Dune!</a>' in page


def test_a_book_of_which_somebody_edited_a_copy_stays(client: APIClient) -> None:
    address = brought(client, BOOKS)
    copies.change(Copy.objects.get(barcode="S2"), shelfmark="Attic")

    assert undone(client, address)["kept"] == [Book.objects.get(title="Solaris").pk]
    assert sorted(Copy.objects.values_list("barcode", "shelfmark")) == [("S1", ""), ("S2", "Attic")]


def test_one_that_is_edited_and_lent_is_no_hindrance_for_the_others(client: APIClient, bob: User) -> None:
    address = brought(client, BOOKS)
    dune = Book.objects.get(title="Dune")
    books.change(dune, title="Dune!")
    checkout.check_out(Copy.objects.get(barcode="K1"), bob.member, by=None)

    assert undone(client, address)["kept"] == [dune.pk]
    assert sorted(Copy.objects.values_list("barcode", flat=True)) == ["K1", "K2"]


def test_one_that_is_edited_while_it_is_undone_stays_too(client: APIClient) -> None:
    address = brought(client, BOOKS)
    undo.begin(Import.objects.get(), lambda number: None)
    books.change(Book.objects.get(title="Solaris"), title="Solaris!")

    assert undone(client, address)["state"] == "undone"
    assert list(Book.objects.values_list("title", flat=True)) == ["Solaris!"]


def test_what_was_only_looked_up_or_filled_in_by_a_list_goes(
    client: APIClient, capsys: pytest.CaptureFixture[str]
) -> None:
    brought(client, BOOKS)
    books.complete(Book.objects.get(title="Dune"), {"author": "Frank Herbert"})
    first = Import.objects.get()
    brought(client, f"title,isbn,publisher\nDune,{DUNE},Ace\n")
    books.change(Book.objects.get(title="Solaris"), author="Lem")

    call_command("undo_import", str(first.pk))
    assert list(Book.objects.values_list("title", flat=True)) == ["Solaris"]
    assert "Somebody has edited “Solaris” since: it stays, with its copies" in capsys.readouterr().out


def test_two_books_of_one_import_that_were_merged_are_parted_first(client: APIClient) -> None:
    address = brought(client, BOOKS)
    merge = merging.merge(Book.objects.get(title="Solaris"), Book.objects.get(title="Dune"))

    refused = client.post(f"{address}undo/")
    assert refused.json()["detail"] == f"“Dune” was merged with another book since. {ONLY}"
    unmerging.undo(merge)
    assert undone(client, address)["state"] == "undone"
    assert not Book.objects.exists()
