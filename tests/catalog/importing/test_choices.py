"""Whose the copies are that come with a list, where they stand, who sees them."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bookplate.catalog.importing import intake, pipeline
from bookplate.catalog.importing.models import Import
from bookplate.catalog.models import Book, Copy
from bookplate.core.errors import Invalid
from bookplate.people import privacy
from bookplate.people.models import Group, User
from tests.catalog.importing.conftest import counts, failures

pytestmark = pytest.mark.django_db

LIST = "title,author,isbn\nSolaris,Lem,\nDune,Herbert,9780441172719\nSolaris,Lem,\n"


def brought(by: User | None, content: str = LIST, **options: Any) -> Import:
    return pipeline.run(intake.receive(io.BytesIO(content.encode()), "list.csv", by=by, **options))


def shelf() -> list[tuple[Any, ...]]:
    copies = Copy.objects.order_by("pk")
    return list(copies.values_list("book__title", "owner__username", "owner_group__name", "shelfmark", "visibility"))


def test_the_library_s_copies_stand_where_they_are_told_to(librarian: User) -> None:
    brought(librarian, copies=2, shelfmark="Attic", visibility="members")

    assert shelf() == [(title, None, None, "Attic", "members") for title in ("Solaris", "Solaris", "Dune", "Dune")]


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_member_fills_their_own_shelf_and_the_catalogue_stays_the_librarians(alice: User, dry_run: bool) -> None:
    Book.objects.create(title="Dune", isbn="9780441172719")
    job = brought(alice, dry_run=dry_run)

    assert counts(job) == (3, 1, 1, 1, 0)
    assert Book.objects.get(title="Dune").author == ""
    assert shelf() == ([] if dry_run else [(title, "alice", None, "", "friends") for title in ("Solaris", "Dune")])


def test_the_same_list_again_puts_no_book_twice_on_a_shelf(alice: User, bob: User) -> None:
    for who in (alice, alice, bob):
        brought(who, visibility="everyone")

    assert [(title, who) for title, who, *_ in shelf()] == [
        ("Solaris", "alice"),
        ("Dune", "alice"),
        ("Solaris", "bob"),
        ("Dune", "bob"),
    ]


def test_whom_a_member_names_as_owner_does_not_matter(alice: User, bob: User) -> None:
    brought(alice, owner=bob, copies=1)

    assert {owner for _, owner, *_ in shelf()} == {"alice"}


def test_a_librarian_fills_the_shelf_of_a_group_or_a_person(librarian: User, alice: User) -> None:
    group = Group.objects.create(name="Household")
    brought(librarian, owner_group=group, visibility="group")
    brought(librarian, owner=alice)

    assert [line[1:3] + line[4:] for line in shelf()] == [(None, "Household", "group")] * 2 + [
        ("alice", None, "friends")
    ] * 2


def test_whose_barcode_it_is_a_member_does_not_learn(alice: User, bob: User) -> None:
    Copy.objects.create(book=Book.objects.create(title="Secret"), owner=bob, visibility="owner", barcode="S1")
    job = brought(alice, "title,barcode\nSolaris,S1\n")

    assert failures(job) == [(2, "barcode", "The barcode S1 is taken here.")]


@pytest.mark.parametrize(
    ("content", "options", "field", "sentence"),
    [
        (LIST, {"visibility": "group"}, "visibility", "These copies can be shown to everyone, members, owner only."),
        ("card,name\n7,Dora\n", {"owner": "alice"}, "file", "This is a list of members. Only books stand on a shelf."),
        (LIST, {"owner": "alice", "owner_group": True}, "owner_group", "Choose one shelf: a person's or a group's."),
    ],
)
def test_what_cannot_be_is_refused(
    librarian: User, alice: User, content: str, options: dict[str, Any], field: str, sentence: str
) -> None:
    given = options | ({"owner": alice} if "owner" in options else {})
    given |= {"owner_group": alice.group} if "owner_group" in options else {}
    with pytest.raises(Invalid) as refused:
        brought(librarian, content, **given)

    assert refused.value.errors == {field: [sentence]}
    assert Import.objects.count() == 0


def test_a_member_brings_no_list_of_people_and_no_large_file(alice: User, settings: Any) -> None:
    for content, sentence in (
        ("card,name\n7,Dora\n", "This is a list of members."),
        ("title\n" + "x\n" * 2_500_001, "The file is larger than 5 MB"),
    ):
        with pytest.raises(Invalid, match=sentence):
            brought(alice, content)


def test_who_sees_which_import(alice: User, bob: User, librarian: User, assistant: User, admin: User) -> None:
    own, librarys, given = brought(alice), brought(librarian), brought(librarian, owner=bob)

    seen = {who.username: set(Import.objects.visible_to(who)) for who in (alice, bob, librarian, assistant, admin)}
    assert seen == {
        "alice": {own},
        "bob": {given},
        "librarian": {librarys, given},
        "assistant": set(),
        "admin": {own, librarys, given},
    }


def test_what_somebody_brought_to_their_shelf_goes_with_them(alice: User) -> None:
    job = brought(alice)
    assert job.has_file
    privacy.erase(alice)

    assert (Import.objects.count(), Copy.objects.count(), Book.objects.count()) == (0, 0, 2)


def test_an_import_whose_owner_goes_meanwhile_ends(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 1)
    job = intake.receive(io.BytesIO(LIST.encode()), "list.csv", by=alice)
    pipeline.run(job, lambda now: privacy.erase(User.objects.get(pk=alice.pk)) if now.read == 1 else None)

    assert (Import.objects.count(), Copy.objects.count(), Book.objects.count()) == (0, 0, 1)


def test_the_command_takes_the_same_choices(tmp_path: Path, alice: User) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Werk,Wer\nSolaris,Lem\n")
    call_command("import_books", str(path), "--columns=title=Werk,author=2", "--owner=alice", "--shelfmark=Attic")

    assert shelf() == [("Solaris", "alice", None, "Attic", "friends")]
    assert Book.objects.get().author == "Lem"
    for wrong in ("--owner=nobody", "--group=Nowhere"):
        with pytest.raises(CommandError, match="There is no"):
            call_command("import_books", str(path), wrong)
