"""Friends, requests and blocks, people and groups over the API."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from bookplate.catalog.models import Book, Copy
from bookplate.core.models import Event
from bookplate.people import friends
from bookplate.people.models import FriendRequest, Group, Profile, User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


def test_asking_and_accepting(alice: User, bob: User) -> None:
    one, other = signed_in(alice), signed_in(bob)

    asked = one.post("/api/friend-requests/", {"username": "bob"})
    assert (asked.status_code, asked.json()["accepted"]) == (201, False)
    assert asked.json()["asked"] == {"id": bob.pk, "username": "bob"}
    assert one.get("/api/friend-requests/").json() == other.get("/api/friend-requests/").json() == [asked.json()]

    accepted = other.post(f"/api/friend-requests/{asked.json()['id']}/accept/")
    assert (accepted.status_code, accepted.json()) == (200, asked.json() | {"accepted": True})
    assert one.get("/api/friends/").json() == [{"id": bob.pk, "username": "bob"}]
    assert other.get("/api/friends/").json() == [{"id": alice.pk, "username": "alice"}]
    assert one.get("/api/friend-requests/").json() == []


def test_asking_back_is_accepting_and_asking_a_friend_is_told(alice: User, bob: User) -> None:
    friends.ask(bob, "alice")
    client = signed_in(alice)
    answers = [client.post("/api/friend-requests/", {"username": "bob"}) for _ in range(2)]

    assert (answers[0].status_code, answers[0].json()["accepted"]) == (201, True)
    assert (answers[1].status_code, answers[1].json()["type"]) == (409, "/api/problems/already-friends")


def test_hidden_blocking_and_unknown_people_get_the_same_answer(alice: User, bob: User, carol: User) -> None:
    friends.block(bob, alice)
    client = signed_in(alice)
    names = ["bob", "carol", "nosuch", "alice"]

    for address in ("/api/friend-requests/", "/api/blocks/"):
        answers = [client.post(address, {"username": name}) for name in names[: 3 if "blocks" in address else 4]]
        assert {answer.status_code for answer in answers} == {400}
        assert len({answer.content for answer in answers}) == 1


def test_the_request_of_the_blocked_looks_as_if_it_waits(alice: User, bob: User) -> None:
    number = friends.ask(bob, "alice").pk
    before = signed_in(bob).get("/api/friend-requests/").content
    friends.block(alice, bob)

    assert signed_in(bob).get("/api/friend-requests/").content == before
    assert signed_in(alice).get("/api/friend-requests/").json() == []
    assert signed_in(alice).post(f"/api/friend-requests/{number}/accept/").status_code == 404
    assert signed_in(bob).delete(f"/api/friend-requests/{number}/").status_code == 204


@pytest.mark.parametrize(
    "address", ["/api/friends/{}/", "/api/blocks/{}/", "/api/users/{}/", "/api/friend-requests/{}/"]
)
@pytest.mark.parametrize("verb", ["get", "head", "put", "patch", "delete"])
def test_what_is_not_ones_own_answers_as_what_never_was(
    address: str, verb: str, alice: User, bob: User, carol: User, make_user: Callable[..., User]
) -> None:
    dora = make_user("dora", group="Elsewhere")
    carol.friends.add(dora)
    carol.blocks.create(whom=bob)
    request = FriendRequest.objects.create(asker=carol, asked=bob)
    hidden = request.pk if "requests" in address else bob.pk if "blocks" in address else dora.pk
    client = signed_in(alice)

    seen, never = (getattr(client, verb)(address.format(number)) for number in (hidden, 987654))

    assert (seen.status_code, seen.content) == (never.status_code, never.content)
    assert seen.status_code in ((404,) if verb == "delete" and "users" not in address else (404, 405))


def test_the_end_of_a_friendship_hides_the_friends_copy_with_the_next_request(
    alice: User, carol: User, book: Book
) -> None:
    alice.friends.add(carol)
    copy = Copy.objects.create(book=book, owner=alice, visibility="friends")
    client = signed_in(carol)
    assert client.get(f"/api/copies/{copy.pk}/").status_code == 200
    since = client.get("/api/events/").json()

    assert signed_in(alice).delete(f"/api/friends/{carol.pk}/").status_code == 204

    assert client.get(f"/api/copies/{copy.pk}/").status_code == 404
    assert client.get("/api/copies/").json() == []
    assert client.get("/api/books/?available=true").json() == []
    assert [event["type"] for event in client.get("/api/events/").json()[len(since) :]] == ["friend.ended"]


def test_blocking_and_unblocking(alice: User, bob: User) -> None:
    alice.friends.add(bob)
    client = signed_in(alice)

    assert client.post("/api/blocks/", {"username": "bob"}).json() == {"id": bob.pk, "username": "bob"}
    assert client.get("/api/blocks/").json() == [{"id": bob.pk, "username": "bob"}]
    assert signed_in(bob).get("/api/friends/").json() == []
    assert signed_in(bob).get(f"/api/users/{alice.pk}/").status_code == 404

    assert [client.delete(f"/api/blocks/{bob.pk}/").status_code for _ in range(2)] == [204, 404]
    assert signed_in(bob).get(f"/api/users/{alice.pk}/").status_code == 200


def test_people_are_listed_by_name_and_found_by_group(alice: User, bob: User, carol: User, assistant: User) -> None:
    Profile.objects.filter(user=bob).update(info="I collect maps.")
    client = signed_in(assistant)

    assert [row["username"] for row in client.get("/api/users/").json()] == ["alice", "assistant", "bob", "carol"]
    assert [row["username"] for row in client.get(f"/api/users/?group={carol.group_id}").json()] == ["carol"]
    assert client.get("/api/users/?search=BO").json() == [
        {"id": bob.pk, "username": "bob", "group": "Everyone", "group_id": bob.group_id, "info": "I collect maps."}
    ]


def test_people_come_in_pages(alice: User, bob: User, assistant: User) -> None:
    client, names, address = signed_in(assistant), [], "/api/users/?limit=1"
    while address:
        answer = client.get(address)
        names += [row["username"] for row in answer.json()]
        address = answer.headers.get("Link", "<>").partition("<")[2].partition(">")[0]

    assert names == ["alice", "assistant", "bob"]


def test_one_changes_what_one_tells_and_to_whom_and_nothing_else(alice: User) -> None:
    client = signed_in(alice)
    smuggled = {"role": "admin", "card": "x", "group": "Team", "user": 1, "id": 99}
    answer = client.patch("/api/users/me/", {"info": "I collect maps.", "visibility": "members"} | smuggled)

    me = client.get("/api/users/me/").json()
    assert answer.json() == me
    kept = {"info": "I collect maps.", "visibility": "members", "role": "member", "card": "card-alice"}
    assert {name: me[name] for name in kept} == kept
    assert client.patch("/api/users/me/", {"visibility": "friends"}).json()["info"] == "I collect maps."


@pytest.mark.parametrize(
    ("field", "value"), [("visibility", "everybody"), ("visibility", None), ("info", "x" * 10_001)]
)
def test_a_wrong_value_of_a_profile_is_named(alice: User, field: str, value: Any) -> None:
    answer = signed_in(alice).patch("/api/users/me/", {field: value})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_group_is_made_renamed_and_removed_and_those_signed_in_hear_of_it(librarian: User, alice: User) -> None:
    client = signed_in(librarian)
    made = client.post("/api/groups/", {"name": "Chess club"}).json()
    address = f"/api/groups/{made['id']}/"

    assert client.patch(address, {"name": "Go club"}).json() == {"id": made["id"], "name": "Go club"}
    assert client.delete(address).status_code == 204
    assert [event["type"] for event in signed_in(alice).get("/api/events/").json()] == [
        "group.added",
        "group.changed",
        "group.removed",
    ]
    assert Event.objects.filter(type="group.changed").get().note == "Chess club → Go club"


def test_a_group_with_people_or_copies_stays(librarian: User, alice: User, book: Book) -> None:
    household = Group.objects.create(name="Household")
    Copy.objects.create(book=book, owner_group=household)
    answers = [signed_in(librarian).delete(f"/api/groups/{group}/") for group in (alice.group_id, household.pk)]

    assert [(a.status_code, a.json()["type"]) for a in answers] == [(409, "/api/problems/still-used")] * 2


@pytest.mark.parametrize("name", ["everyone", "", "x" * 201])
def test_a_wrong_name_of_a_group_is_named(librarian: User, alice: User, name: str) -> None:
    answer = signed_in(librarian).post("/api/groups/", {"name": name})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["name"])


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("noun", ["users", "groups", "friends", "friend-requests", "blocks"])
def test_each_list_is_one_query(
    noun: str,
    rows: int,
    alice: User,
    make_user: Callable[..., User],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(rows):
        friends.ask(make_user(f"asker{number}"), "alice")
        alice.blocks.create(whom=make_user(f"blocked{number}", group=f"Group {number}"))
        alice.friends.add(make_user(f"friend{number}"))
    client = signed_in(alice)

    with django_assert_num_queries(2):
        assert len(client.get(f"/api/{noun}/").json()) >= rows
