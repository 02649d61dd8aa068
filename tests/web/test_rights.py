import re
from collections.abc import Callable
from copy import copy
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.lending.models import Loan
from bookplate.people import members
from bookplate.people.models import Group, Member, Profile, User
from bookplate.web.urls import urlpatterns
from tests.cast import PASSWORD, undone
from tests.web.conftest import htmx
from tests.web.table import CLOSED, PAGES, SIGN_IN, WHO

Visit = Callable[[User | None], Client]


def body(operation: str) -> dict[str, Any]:
    """What a form sends that would succeed."""
    bodies: dict[str, dict[str, Any]] = {
        "POST add-book": {"title": "Emma", "visibility": "friends"},
        "POST edit-book": {"title": "Emma"},
        "POST compare": {"keep": "first", "author": "second"},
        "POST add-copy": {"barcode": "B3", "visibility": "everyone", "kind": "book"},
        "POST add-own-copy": {"barcode": "B3", "visibility": "friends", "kind": "book"},
        "POST edit-copy": {"barcode": "B3", "visibility": "everyone", "kind": "book"},
        "POST condition": {"condition": "lost"},
        "POST move-hold": {"place": 1, "reason": "Exam tomorrow"},
        "POST answer-hold": {"do": "accept", "answer": "Come on Sunday"},
        "POST policy": {"loan_days": 28, "short_days": 3, "loans_at_once": 5, "renewals": 2, "hold_days": 7}
        | {"remind_before": 2, "remind_overdue": 7, "remind_hour": 8},
        "POST reminder-choice": {"how": "each"},
        "POST group-terms": {"loan_days": 28},
        "POST add-member": {"firstname": "Dora", "card": "D2"},
        "POST edit-member": {"firstname": "Dora", "card": "D2"},
        "POST people": {"username": "carol"},
        "POST person-do": {"do": "block"},
        "POST profile": {"info": "I read.", "visibility": "friends"},
        "POST import-columns": {"title": "1", "author": "2"},
        "POST imports": {"file": SimpleUploadedFile("list.csv", b"title,author\nEmma,Jane Austen\n")},
        "POST account-of": {"role": "assistant"},
        "POST script-tokens": {"name": "door", "scopes": ["read"], "days": 30},
        "POST webhooks": {"address": "https://hooks.invalid/"},
        "POST webhook": {"address": "https://hooks.invalid/", "kinds": ["book.added"]},
        "POST privacy": {"password": PASSWORD, "sure": "on"},
        "POST account-name": {"username": "dora", "password": PASSWORD},
        "POST account-mail": {"email": "dora@example.org", "password": PASSWORD},
        "POST password": {"old": PASSWORD, "new": "three words of a sentence"},
        "POST forgotten-password": {"email": "alice@example.org"},
        "POST invitations": {"role": "member", "group": Group.objects.default().pk, "days": 14},
        "POST sign-in": {"username": "carol", "password": PASSWORD},
    }
    if operation == "POST my-card":
        return {"code": members.make_link_code(Member.objects.create(firstname="Somebody"))}
    return bodies.get(operation, {})


def prepare(operation: str, spare: Book) -> None:
    if operation == "POST remove-book":
        spare.copies.all().delete()
    if operation == "POST my-card":
        Member.objects.update(user=None)
    if operation == "POST people":
        Profile.objects.filter(user__username="carol").update(visibility="members")


@pytest.mark.parametrize("who", WHO)
def test_table(
    who: str, visit: Visit, addresses: dict[str, str], spare: Book, carol: User, request: pytest.FixtureRequest
) -> None:
    client = visit(None if who == "nobody" else request.getfixturevalue(who))
    signed_in = client.cookies

    def opened(operation: str) -> int | str:
        method, page = operation.split()
        client.cookies = copy(signed_in)
        with undone():
            prepare(operation, spare)
            values = body(operation)
            return outcome(client.post(addresses[page], values) if values else client.generic(method, addresses[page]))

    assert {operation: opened(operation) for operation in PAGES} == allowed(who)


def allowed(who: str) -> dict[str, int | str]:
    """The person's column of the table."""
    return {operation: answers[WHO.index(who)] for operation, answers in PAGES.items()}


def outcome(answer: Any) -> int | str:
    to_sign_in = answer.status_code == 302 and answer["Location"].startswith(reverse("web:sign-in") + "?next=")
    return SIGN_IN if to_sign_in else int(answer.status_code)


def test_table_has_every_address_of_the_pages() -> None:
    assert {operation.split()[1] for operation in PAGES} == {pattern.name for pattern in urlpatterns}


@pytest.mark.parametrize("page", CLOSED)
def test_closed_catalogue_asks_for_a_sign_in(
    page: str, visit: Visit, alice: User, addresses: dict[str, str], settings: Any
) -> None:
    settings.PUBLIC_CATALOGUE = False

    assert outcome(visit(None).get(addresses[page])) == SIGN_IN
    assert outcome(visit(alice).get(addresses[page])) == 200


def test_sign_in_leads_back_to_where_one_wanted_to_go(carol: User) -> None:
    client = Client()
    asked = client.get("/my/loans/")
    answer = client.post(asked["Location"], {"username": "carol", "password": PASSWORD, "next": "/my/loans/"})

    assert (asked["Location"], answer["Location"]) == ("/sign-in/?next=/my/loans/", "/my/loans/")


def test_sign_in_leads_to_no_other_site(carol: User) -> None:
    answer = Client().post("/sign-in/", {"username": "carol", "password": PASSWORD, "next": "https://evil.example/"})

    assert answer["Location"] == "/"


def test_part_of_a_page_sends_the_whole_page_to_the_sign_in(db: None) -> None:
    answer = Client().get("/my/loans/", **htmx("my-loans", **{"HX-Current-URL": "http://testserver/my/loans/"}))

    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/sign-in/?next=/my/loans/")


def test_wrong_password_says_what_to_do(carol: User) -> None:
    answer = Client().post("/sign-in/", {"username": "carol", "password": "wrong"})

    assert "This name and password do not go together." in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("page", ["edit-copy", "remove-copy"])
def test_hidden_copy_is_the_same_404_as_one_that_never_was(
    page: str, method: str, visit: Visit, librarian: User, bob: User, book: Book
) -> None:
    hidden = Copy.objects.create(book=book, owner=bob, visibility=Visibility.OWNER)
    client = visit(librarian)

    answers = [client.generic(method, reverse(f"web:{page}", args=[number])) for number in (hidden.pk, 10**6, 10**30)]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({without_token(answer.text) for answer in answers}) == 1
    assert Copy.objects.filter(pk=hidden.pk).exists()


def without_token(html: str) -> str:
    """Each page has another mask over its CSRF token."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", html)


def test_hidden_copy_is_on_no_page(visit: Visit, alice: User, assistant: User, bob: User, book: Book) -> None:
    Copy.objects.create(book=book, owner=bob, barcode="HIDDEN", visibility=Visibility.OWNER)

    assert "No copy of this book is here" in visit(alice).get(f"/books/{book.pk}/").text
    assert "No copy" in visit(alice).get("/").text
    assert "It is in" in visit(bob).get(f"/books/{book.pk}/").text
    assert "is no card, no barcode" in visit(assistant).post("/desk/", {"entry": "HIDDEN"}).text


def test_owner_may_edit_their_copy_and_others_may_not(visit: Visit, alice: User, bob: User, book: Book) -> None:
    address = reverse("web:edit-copy", args=[Copy.objects.create(book=book, owner=bob).pk])

    assert [visit(user).get(address).status_code for user in (bob, alice)] == [200, 403]


def test_only_the_desk_and_the_borrower_learn_who_has_a_book(
    visit: Visit, loan: Loan, alice: User, bob: User, assistant: User
) -> None:
    page = f"/books/{loan.copy.book_id}/"
    texts = {name: visit(user).get(page).text for name, user in {"desk": assistant, "bob": bob, "nobody": None}.items()}

    assert {name: "with Alice Example" in text for name, text in texts.items()} == {
        "desk": True,
        "bob": False,
        "nobody": False,
    }
    assert "with you" in visit(alice).get(page).text
    assert all("due back on" in text for text in texts.values())


def test_owner_of_a_copy_is_named_only_to_those_who_know_them(
    visit: Visit, alice: User, bob: User, carol: User, book: Book
) -> None:
    Copy.objects.create(book=book, owner=bob)
    texts = {name: visit(user).get(f"/books/{book.pk}/").text for name, user in {"mate": alice, "other": carol}.items()}

    assert ("belongs to bob" in texts["mate"], "belongs to a member" in texts["other"]) == (True, True)
    assert "bob" not in texts["other"]
