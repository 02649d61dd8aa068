import html
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from bookplate.catalog.models import Book, Copy, State
from bookplate.lending import holds
from bookplate.lending.models import Hold, HoldState, Loan
from bookplate.people.models import Member, User
from bookplate.web.templatetags.bookplate import day
from tests.web.conftest import htmx

Visit = Callable[[User | None], Client]

Enter = Callable[..., str]


@pytest.fixture
def client(assistant: User) -> Client:
    client = Client()
    client.force_login(assistant)
    return client


@pytest.fixture
def enter(client: Client) -> Enter:
    """Types into the desk's line, as the page's script sends it; the answer in plain words."""

    def enter(entry: str, member: str = "") -> str:
        return plain(client.post("/desk/", {"entry": entry, "card": member}, **htmx("session")).text)

    return enter


def plain(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def due() -> str:
    return day(timezone.now() + timedelta(days=settings.LOAN_DAYS))


def test_card_chooses_a_member_and_shows_what_they_have(enter: Enter, loan: Loan) -> None:
    answer = enter("card-alice")

    assert "Alice Example card-alice · 1 book" in answer
    assert f"The Left Hand of Darkness B1 {due()}" in answer


def test_barcode_is_lent_to_the_member_chosen(enter: Enter, copy: Copy, alice: User, assistant: User) -> None:
    answer = enter("B1", "card-alice")

    assert f"The Left Hand of Darkness lent to Alice Example , due on {due()}." in answer
    assert Loan.objects.values_list("copy", "member", "lent_by").get() == (copy.pk, alice.member.pk, assistant.pk)


def test_barcode_alone_is_taken_back(enter: Enter, loan: Loan) -> None:
    assert "The Left Hand of Darkness is back. Alice Example had it." in enter("B1")
    assert not Loan.objects.open().exists()


def test_returned_book_that_somebody_waits_for_goes_to_the_holds_shelf(enter: Enter, loan: Loan, bob: User) -> None:
    holds.place(loan.copy.book, bob.member)

    assert "Held for Bob Example : put it on the holds shelf." in enter("B1")


@pytest.mark.parametrize(
    ("entry", "member", "fault"),
    [
        ("B1", "card-bob", "“The Left Hand of Darkness” (B1) is on loan. Take it back first. Press Escape"),
        ("B2", "", "“Persuasion” (B2) is not on loan."),
        ("nobody", "", "“nobody” is no card, no barcode and nobody&#x27;s name."),
        ("x" * 300, "", "No label looks like that."),
        ("\0", "", "No label looks like that."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    entry: str, member: str, fault: str, enter: Enter, loan: Loan, spare: object, bob: User
) -> None:
    assert fault in enter(entry, member)
    assert Loan.objects.open().count() == 1


def test_empty_enter_ends_with_the_member(enter: Enter, alice: User) -> None:
    assert enter("", "card-alice") == "Scan or type a card to lend, or scan a book to take it back."


def test_name_lists_the_members_to_choose_from(enter: Enter, alice: User, bob: User) -> None:
    Member.objects.create(firstname="Alice", lastname="Other", card="card-2")

    answer = enter("alice")

    assert answer.startswith("Who is it? Alice Example card-alice Alice Other card-2")
    assert "Bob" not in answer


def test_many_names_are_cut_with_a_word(enter: Enter) -> None:
    for number in range(12):
        Member.objects.create(firstname="Kim", lastname=f"Number {number:02}", card=f"K{number}")

    answer = enter("kim")

    assert (answer.count("Kim"), "There are more. Type more of the name." in answer) == (10, True)


def undo(client: Client, loan: int, was: str) -> str:
    return plain(client.post("/desk/undo/", {"loan": loan, "was": was}, **htmx("session")).text)


def test_lending_is_undone_as_if_it_had_never_been(client: Client, loan: Loan) -> None:
    assert "was not lent to Alice Example after all" in undo(client, loan.pk, "lent")
    assert not Loan.objects.exists()
    assert Copy.objects.get().is_available


def test_return_is_undone(client: Client, enter: Enter, loan: Loan) -> None:
    enter("B1")

    assert "is with Alice Example again" in undo(client, loan.pk, "returned")
    assert Loan.objects.open().get() == loan


def test_undoing_twice_says_so(client: Client, loan: Loan) -> None:
    undo(client, loan.pk, "lent")

    assert undo(client, loan.pk, "lent").startswith("Scan or type a card")
    assert "This was undone already." in undo(client, loan.pk, "lent")


def test_undo_of_a_loan_does_not_reopen_one_that_was_returned_since(client: Client, enter: Enter, loan: Loan) -> None:
    enter("B1")

    assert "This loan is over or too old to undo." in undo(client, loan.pk, "lent")
    assert not Loan.objects.open().exists()


@pytest.mark.parametrize("values", [{}, {"loan": "x"}, {"loan": "1", "was": "else"}, {"loan": str(10**30)}])
def test_nonsense_to_undo_changes_nothing(values: dict[str, str], client: Client, loan: Loan) -> None:
    answer = client.post("/desk/undo/", values)

    assert (answer.status_code, Loan.objects.open().count()) == (200, 1)


def test_desk_without_javascript_is_a_whole_page(client: Client, copy: Copy, alice: User) -> None:
    answer = client.post("/desk/", {"entry": "B1", "card": "card-alice"})

    assert "<html" in answer.text
    assert re.search(r'id="card"\s+name="card"\s+form="desk-form"\s+value="card-alice"', answer.text)
    assert "lent to" in answer.text


def test_a_book_from_the_shelf_is_set_aside_for_who_waits(visit: Visit, copy: Copy, bob: User, assistant: User) -> None:
    client = visit(assistant)
    assert "is not on loan" in client.post("/desk/", {"entry": "B1"}).text
    hold = holds.place(copy.book, bob.member)

    text = client.post("/desk/", {"entry": "B1"}).text
    assert ("Held for" in text, f"/holds/{hold.pk}/slip/" in text) == (True, True)
    assert "On the holds shelf for them" in client.post("/desk/", {"entry": "card-bob"}).text


def test_the_desk_is_told_of_an_expired_card_and_a_note(visit: Visit, copy: Copy, bob: User, assistant: User) -> None:
    Member.objects.filter(user=bob).update(expires_on=date(2020, 1, 31), notes="Owes a cake")
    client = visit(assistant)
    text = client.post("/desk/", {"entry": "card-bob"}).text

    assert ("This card was good until 31 January 2020." in text, "Owes a cake" in text) == (True, True)
    assert "card was good until" in client.post("/desk/", {"entry": "B1", "card": "card-bob"}).text


def test_the_desk_is_told_that_a_book_comes_late(visit: Visit, loan: Loan, assistant: User) -> None:
    Loan.objects.update(due_at=timezone.now() - timedelta(days=3))

    assert "3 days overdue" in visit(assistant).post("/desk/", {"entry": "B1"}).text


def test_what_became_of_a_copy_is_said_on_a_page(visit: Visit, loan: Loan, assistant: User, librarian: User) -> None:
    client, address = visit(assistant), f"/copies/{loan.copy_id}/condition/"
    assert "Withdrawn for good" not in client.get(address).text

    assert "Copy B1 is lost." in client.post(address, {"condition": "lost"}, follow=True).text
    assert "Copy B1 is in." in client.post(address, {"condition": "good"}, follow=True).text
    assert client.post(address, {"condition": "withdrawn"}).status_code == 400
    assert "Copy B1 is withdrawn." in visit(librarian).post(address, {"condition": "withdrawn"}, follow=True).text


@pytest.fixture
def act(client: Client) -> Callable[..., str]:
    """Presses a button of the desk; the answer in plain words."""

    def act(name: str, member: str = "", **values: object) -> str:
        return plain(client.post(f"/desk/{name}/", {"card": member, **values}, **htmx("session")).text)

    return act


def test_a_loan_is_renewed_for_the_member_chosen(act: Enter, loan: Loan) -> None:
    later = day(loan.due_at + timedelta(days=settings.LOAN_DAYS))

    assert f"is renewed for Alice Example, due on {later}." in act("renew", "card-alice", loan=loan.pk)
    assert Loan.objects.get().renewals == 1
    Loan.objects.update(renewals=settings.RENEWALS)
    assert "as often as is allowed." in act("renew", "card-alice", loan=loan.pk)
    assert Loan.objects.get().renewals == settings.RENEWALS


def test_a_title_is_reserved_for_the_member_chosen(act: Enter, enter: Enter, loan: Loan, bob: User) -> None:
    assert "is no card" in enter("left hand")
    assert "Reserve for Bob Example ? The Left Hand of Darkness" in enter("left hand", "card-bob")
    assert "nobody's name and no book" in html.unescape(enter("zzzz", "card-bob"))

    book = loan.copy.book_id
    assert "is reserved for Bob Example, number 1 in line." in act("reserve", "card-bob", book=book)
    assert "Bob Example waits for “The Left Hand of Darkness” already." in act("reserve", "card-bob", book=book)
    assert Hold.objects.get().member == bob.member


def test_a_copy_at_hand_is_lost_and_found(act: Enter, enter: Enter, loan: Loan, bob: User) -> None:
    hold = holds.place(loan.copy.book, bob.member)
    assert "(B1) is lost." in act("condition", "card-alice", copy="B1", condition="lost")
    assert Loan.objects.get().lost

    found = enter("B1")
    assert ("Good, and here" in found, "Damaged" in found, "Withdrawn" in found) == (True, True, False)
    answer = act("condition", copy="B1", condition="good")
    assert "(B1) is held." in answer
    assert "Held for Bob Example" in answer
    hold.refresh_from_db()
    assert hold.state == HoldState.READY


def test_the_desk_learns_that_somebody_waits_for_what_was_lost(act: Enter, copy: Copy, alice: User, bob: User) -> None:
    assert "wait" not in act("condition", copy="B1", condition="lost")
    act("condition", copy="B1", condition="good")
    holds.place(copy.book, alice.member)
    assert "(B1) is lost. 1 member waits for this book and the library has no other" in act(
        "condition", copy="B1", condition="lost"
    )
    holds.place_on(Copy.objects.create(book=copy.book, barcode="B2"), bob.member)
    assert "(B1) is damaged. " not in act("condition", copy="B1", condition="damaged")


def test_what_the_desk_may_not_say_of_a_copy(act: Enter, enter: Enter, book: Book, alice: User) -> None:
    Copy.objects.create(book=book, barcode="A1", owner=alice, visibility="everyone")

    assert "Damaged" not in enter("A1")
    assert "Only its owner or a librarian may say this of it." in act("condition", copy="A1", condition="lost")
    assert "This is gone meanwhile." in act("condition", copy="A1", condition="withdrawn")
    assert Copy.objects.get().state == State.IN


@pytest.mark.parametrize("values", [{}, {"loan": "x", "book": str(10**30), "condition": "good"}])
@pytest.mark.parametrize("name", ["renew", "reserve", "condition"])
def test_nonsense_to_do_is_told_and_the_member_stays(
    name: str, values: dict[str, str], act: Enter, alice: User
) -> None:
    answer = act(name, "card-alice", **values)

    assert ("This is gone meanwhile." in answer, "Alice Example card-alice" in answer) == (True, True)
