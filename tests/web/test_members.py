import re
from collections.abc import Callable

import pytest
from django.test import Client

from bookplate.lending.models import Loan
from bookplate.people import members
from bookplate.people.models import Member, User
from tests.web.conftest import htmx

Visit = Callable[[User | None], Client]


@pytest.fixture
def card(db: None) -> Member:
    return Member.objects.create(firstname="Dora", lastname="Ek", card="D1", notes="Owes a cake")


@pytest.fixture
def dora(make_user: Callable[..., User]) -> User:
    """Somebody with an account and no card."""
    make_user("dora").member.delete()
    user: User = User.objects.get(username="dora")
    return user


def plain(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_members_are_found_and_show_how_many_books_they_have(visit: Visit, loan: Loan, bob: User, admin: User) -> None:
    text = plain(visit(admin).get("/members/", {"search": "EXÁMPLE"}).text)

    assert "Admin Example card-admin admin" in text
    assert "Alice Example card-alice alice 1 book" in text
    assert "Bob Example card-bob bob 1 book" not in text


def test_members_go_on_where_the_page_ended(visit: Visit, assistant: User) -> None:
    Member.objects.bulk_create([Member(firstname=f"Kim {number:03}", card=f"K{number}") for number in range(60)])
    client = visit(assistant)
    first = client.get("/members/", {"search": "kim"}).text
    following = re.search(r'hx-get="(\?[^"]*)"', first)
    assert following
    rest = client.get("/members/" + following[1].replace("&amp;", "&"), **htmx("more")).text

    assert (first.count("Kim 0"), rest.count("Kim 0"), "<html" in rest, "Kim 050" in rest) == (50, 10, False, True)


@pytest.mark.parametrize(("since", "shown"), [("2000-01-01", True), ("2999-01-01", False), ("no date", True)])
def test_cards_made_since_a_day(visit: Visit, assistant: User, card: Member, since: str, shown: bool) -> None:
    text = visit(assistant).get("/members/", {"since": since}).text

    assert ("Dora Ek" in text, "Enter a valid date." in text) == (shown, since == "no date")


def test_an_empty_list_says_what_to_do(visit: Visit, librarian: User, assistant: User) -> None:
    Member.objects.all().delete()

    assert "Add the first card" in visit(librarian).get("/members/").text
    assert "The librarians add them." in visit(assistant).get("/members/").text
    assert "Nobody found" in visit(assistant).get("/members/", {"search": "x"}).text


def test_a_card_is_added_edited_and_removed(visit: Visit, librarian: User) -> None:
    client = visit(librarian)
    added = client.post("/members/add/", {"firstname": "Émile", "card": "E1", "notes": "Blind"}, follow=True)
    emile = Member.objects.get(card="E1")
    client.post(f"/members/{emile.pk}/edit/", {"firstname": "Émile", "lastname": "Zola", "card": "E1"})
    emile.refresh_from_db()

    assert "Émile has the card E1 now." in added.text
    assert (str(emile), emile.notes) == ("Émile Zola", "")
    assert "was removed" in client.post(f"/members/{emile.pk}/remove/", follow=True).text
    assert not Member.objects.filter(card="E1").exists()


def test_a_taken_number_is_said_beside_the_field(visit: Visit, librarian: User, card: Member) -> None:
    answer = visit(librarian).post("/members/add/", {"firstname": "Eve", "card": "D1"})

    assert (answer.status_code, "This card number is taken." in answer.text) == (400, True)


def test_a_card_with_a_loan_stays(visit: Visit, librarian: User, loan: Loan) -> None:
    answer = visit(librarian).post(f"/members/{loan.member_id}/remove/", follow=True)

    assert "Alice Example has loans or holds, so the card cannot be removed." in answer.text
    assert "The Left Hand of Darkness" in answer.text


def test_the_desk_sees_loans_and_notes_and_only_librarians_edit(
    visit: Visit, loan: Loan, assistant: User, librarian: User
) -> None:
    Member.objects.update(notes="Owes a cake")
    seen = {
        role: visit(user).get(f"/members/{loan.member_id}/").text for role, user in (("a", assistant), ("l", librarian))
    }

    assert all("Owes a cake" in text and "The Left Hand of Darkness" in text for text in seen.values())
    assert {role: "Edit this card" in text for role, text in seen.items()} == {"a": False, "l": True}


def test_notes_are_on_no_page_of_the_cards_own_user(visit: Visit, alice: User, loan: Loan) -> None:
    Member.objects.update(notes="Owes a cake")
    client = visit(alice)

    for address in ("/", "/account/", "/account/card/", "/my/loans/", f"/books/{loan.copy.book_id}/"):
        assert "cake" not in client.get(address).text


def test_a_code_is_made_shown_once_and_used(visit: Visit, card: Member, assistant: User, dora: User) -> None:
    desk, hers = visit(assistant), visit(dora)
    made = desk.post(f"/members/{card.pk}/code/").text
    code = re.search(r'class="code">(.*?)<', made)
    assert code
    again = desk.get(f"/members/{card.pk}/").text
    used = hers.post("/account/card/", {"code": code[1]}, follow=True).text

    assert (code[1] in again, "A code for this card is good until" in again) == (False, True)
    assert ("The card D1 is yours now." in used, "D1" in plain(hers.get("/account/").text)) == (True, True)


def test_a_wrong_code_says_what_to_do(visit: Visit, dora: User) -> None:
    answer = visit(dora).post("/account/card/", {"code": "AAAA-AAAA"})

    assert (answer.status_code, "ask at the desk for a new one" in answer.text) == (400, True)


def test_too_many_wrong_codes_are_told_to_wait(visit: Visit, dora: User) -> None:
    hers = visit(dora)
    answer = [hers.post("/account/card/", {"code": "AAAA-AAAA"}) for _ in range(11)][-1]

    assert (answer.status_code, "Too many wrong codes. Try again in 1 minute." in answer.text) == (429, True)
    assert 50 < int(answer["Retry-After"]) <= 60


def test_whoever_has_a_card_is_told_so(visit: Visit, alice: User, card: Member) -> None:
    code = members.make_link_code(card)
    answer = visit(alice).post("/account/card/", {"code": code})

    assert (answer.status_code, "You have a library card already." in answer.text) == (409, True)


def test_a_card_is_taken_from_its_account(visit: Visit, alice: User, librarian: User, card: Member) -> None:
    number = alice.member.pk
    answer = visit(librarian).post(f"/members/{number}/unlink/", follow=True)

    assert "belongs to no account any more" in answer.text
    assert Member.objects.get(pk=number).user is None


def test_a_withdrawn_code_is_not_good(visit: Visit, card: Member, assistant: User, dora: User) -> None:
    code = members.make_link_code(card)
    visit(assistant).post(f"/members/{card.pk}/code/withdraw/")

    assert visit(dora).post("/account/card/", {"code": code}).status_code == 400


def test_a_card_with_an_account_gets_no_code(visit: Visit, alice: User, assistant: User) -> None:
    answer = visit(assistant).post(f"/members/{alice.member.pk}/code/", follow=True)

    assert "belongs to an account already" in answer.text


def test_the_desk_finds_names_without_accents_and_cards_by_their_beginning(visit: Visit, assistant: User) -> None:
    Member.objects.create(firstname="ÉMILE", card="12345")
    client = visit(assistant)

    for entry in ("emile", "123"):
        assert "Who is it? ÉMILE 12345" in plain(client.post("/desk/", {"entry": entry}, **htmx("session")).text)
