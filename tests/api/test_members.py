"""Library cards over the API: notes for the desk alone, order, and giving a card to an account by a code."""

import json
import re
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from bookplate.people import members
from bookplate.people.models import Member, User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(db: None) -> Member:
    return Member.objects.create(firstname="Dora", lastname="Ek", card="D1")


@pytest.fixture
def dora(make_user: Any) -> User:
    """Somebody with an account and no card."""
    make_user("dora").member.delete()
    user: User = User.objects.get(username="dora")
    return user


def test_notes_are_in_no_answer_to_the_cards_own_user(alice: User, librarian: User, assistant: User) -> None:
    address = f"/api/members/{alice.member.pk}/"
    written = signed_in(librarian).patch(address, {"notes": "Owes a cake"})
    mine = [signed_in(alice).get(at).json() for at in (address, "/api/members/", "/api/users/me/")]

    assert (written.status_code, written.json()["notes"]) == (200, "Owes a cake")
    assert signed_in(assistant).get(address).json()["notes"] == "Owes a cake"
    assert ("notes" in json.dumps(mine), "cake" in json.dumps(mine)) == (False, False)
    assert mine[0] == {
        "id": alice.member.pk,
        "firstname": "Alice",
        "lastname": "Example",
        "card": "card-alice",
        "user": alice.pk,
        "expires_on": None,
    }


def test_the_assistant_writes_no_notes(alice: User, assistant: User) -> None:
    assert signed_in(assistant).patch(f"/api/members/{alice.member.pk}/", {"notes": "x"}).status_code == 403
    assert Member.objects.get(user=alice).notes == ""


def test_notes_have_an_end(card: Member, librarian: User) -> None:
    answer = signed_in(librarian).patch(f"/api/members/{card.pk}/", {"notes": "x" * 10_001})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["notes"])


def test_cards_come_in_the_order_of_names_page_by_page(assistant: User) -> None:
    for firstname, lastname in (("Zoë", "Álvarez"), ("Ada", "Okafor"), ("Ben", "alvarez")):
        Member.objects.create(firstname=firstname, lastname=lastname)
    client, address, names = signed_in(assistant), "/api/members/?limit=1", []
    while address:
        answer = client.get(address)
        names += [row["firstname"] for row in answer.json()]
        following = re.search("<(.*?)>", answer.headers.get("Link", ""))
        address = following[1] if following else ""

    assert names == ["Ben", "Zoë", "Assistant", "Ada"]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_search_is_two_queries_beside_the_sign_in(
    assistant: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(assistant)
    Member.objects.bulk_create([Member(firstname=f"Söme {number}") for number in range(rows)])

    with django_assert_num_queries(3):
        assert len(client.get("/api/members/?search=SOME").json()) == rows


def test_the_code_from_the_desk_gives_the_card_to_the_user(card: Member, assistant: User, dora: User) -> None:
    made = signed_in(assistant).post(f"/api/members/{card.pk}/link-code/")
    answer = signed_in(dora).post("/api/users/me/card/", made.json())

    assert (made.status_code, list(made.json()), made.headers["Cache-Control"]) == (201, ["code"], "no-store")
    assert re.fullmatch("[2-9A-HJ-KM-NP-TW-Z]{4}-[2-9A-HJ-KM-NP-TW-Z]{4}", made.json()["code"])
    assert (answer.status_code, answer.json()["card"], "notes" in answer.json()) == (200, "D1", False)
    assert signed_in(dora).get("/api/users/me/").json()["card"] == "D1"


def test_what_stands_against_a_code_is_said(card: Member, alice: User, dora: User, assistant: User) -> None:
    code = members.make_link_code(card)
    wrong = signed_in(dora).post("/api/users/me/card/", {"code": "AAAA-AAAA"})
    has_one = signed_in(alice).post("/api/users/me/card/", {"code": code})
    no_code = signed_in(assistant).post(f"/api/members/{alice.member.pk}/link-code/")

    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["code"])
    assert (has_one.status_code, has_one.json()["type"]) == (409, "/api/problems/has-card")
    assert (no_code.status_code, no_code.json()["type"]) == (409, "/api/problems/has-account")


def test_after_ten_wrong_codes_the_next_is_not_looked_at(card: Member, dora: User) -> None:
    code = members.make_link_code(card)
    client = signed_in(dora)
    answers = [client.post("/api/users/me/card/", {"code": each}) for each in ["AAAA-AAAA"] * 10 + [code]]

    assert [answer.status_code for answer in answers] == [400] * 10 + [429]
    assert answers[-1].json()["type"] == "/api/problems/too-many-attempts"
    assert 50 < int(answers[-1].headers["Retry-After"]) <= 60


def test_a_withdrawn_code_and_a_card_taken_away(card: Member, librarian: User, dora: User) -> None:
    client = signed_in(librarian)
    code = client.post(f"/api/members/{card.pk}/link-code/").json()["code"]
    assert client.delete(f"/api/members/{card.pk}/link-code/").status_code == 204
    assert signed_in(dora).post("/api/users/me/card/", {"code": code}).status_code == 400

    members.link(dora, members.make_link_code(card))
    assert client.delete(f"/api/members/{card.pk}/user/").status_code == 204
    assert signed_in(dora).get("/api/members/").json() == []


def test_another_persons_card_is_the_same_404_as_none(alice: User, bob: User) -> None:
    answers = [signed_in(bob).get(f"/api/members/{number}/") for number in (alice.member.pk, 987654)]

    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
