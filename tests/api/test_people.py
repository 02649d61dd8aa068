"""Library cards, and the lists of usernames."""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from bookplate.people.models import Member, User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/api/fbv_list/", "/api/cbv_list/"])
def test_usernames_of_those_whom_the_caller_may_see(
    address: str, alice: User, bob: User, carol: User, assistant: User
) -> None:
    assert signed_in(alice).get(address).json() == ["alice", "bob"]
    assert signed_in(carol).get(address).json() == ["carol"]
    assert signed_in(assistant).get(address).json() == ["alice", "assistant", "bob", "carol"]

    carol.friends.add(alice)
    assert signed_in(alice).get(address).json() == ["alice", "bob", "carol"]
    assert signed_in(carol).get(address).json() == ["alice", "carol"]


@pytest.mark.parametrize("address", ["/api/fbv_list/", "/api/cbv_list/"])
def test_the_head_of_a_list_can_be_asked_for(address: str, alice: User) -> None:
    answer = signed_in(alice).head(address)

    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, "application/json", b"")


def test_only_the_function_view_takes_a_post(alice: User, bob: User) -> None:
    client = signed_in(alice)

    assert client.post("/api/fbv_list/").json() == ["alice", "bob"]
    assert client.post("/api/cbv_list/").status_code == 405


@pytest.mark.parametrize("address", ["/api/fbv_list/", "/api/cbv_list/"])
def test_usernames_are_one_query_beside_the_sign_in(
    address: str, alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(alice)
    with django_assert_num_queries(2):
        client.get(address)


def test_a_card_is_made_when_none_is_given(librarian: User) -> None:
    answer = signed_in(librarian).post("/api/members/", {"firstname": "Grace", "lastname": "Hopper"})

    assert answer.status_code == 201
    assert len(answer.json()["card"]) == 12
    assert Member.objects.get(card=answer.json()["card"]).firstname == "Grace"


def test_a_taken_card_is_named(librarian: User, alice: User) -> None:
    answer = signed_in(librarian).post("/api/members/", {"firstname": "Grace", "card": "card-alice"})

    assert (answer.status_code, answer.json()["errors"]) == (400, {"card": ["This card number is taken."]})


def test_a_card_with_loans_stays(librarian: User, loan: object, alice: User) -> None:
    answer = signed_in(librarian).delete(f"/api/members/{alice.member.pk}/")

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/still-used")


def test_members_are_found_by_name_and_card(assistant: User, alice: User, bob: User) -> None:
    client = signed_in(assistant)

    assert [row["card"] for row in client.get("/api/members/?search=exam+ALI").json()] == ["card-alice"]
    assert [row["card"] for row in client.get("/api/members/?card=card-bob").json()] == ["card-bob"]


def test_a_member_sees_their_own_card_only(alice: User, bob: User) -> None:
    assert [row["card"] for row in signed_in(alice).get("/api/members/").json()] == ["card-alice"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_cards_is_one_query(
    assistant: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(assistant)
    Member.objects.bulk_create([Member(firstname=f"M{number}") for number in range(rows)])

    with django_assert_num_queries(2):
        assert len(client.get("/api/members/").json()) == rows + 1


def test_account_and_role_cannot_be_written(librarian: User, alice: User) -> None:
    answer = signed_in(librarian).post(
        "/api/members/", {"firstname": "Eve", "user": librarian.pk, "id": 5, "role": "admin"}
    )

    assert (answer.status_code, answer.json()["user"]) == (201, None)


def test_the_root_lists_the_endpoints() -> None:
    answer = APIClient().get("/api/")

    assert answer.status_code == 200
    assert answer.json()["books"] == "http://testserver/api/books/"


def test_a_group_cannot_have_a_name_without_an_end(librarian: User) -> None:
    answer = signed_in(librarian).post("/api/groups/", {"name": "x" * 100_000})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["name"])
