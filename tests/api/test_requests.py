"""Between people: asking for a friend's copy, the owner's word, handing it over and back."""

from typing import Any

import pytest

from bookplate.catalog.models import Book, Copy, State
from bookplate.core.models import Event
from bookplate.lending import checkout, requests, rules
from bookplate.lending.models import Hold
from bookplate.people.models import User
from tests.cast import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(book: Book, alice: User, bob: User) -> Copy:
    """Alice's, whom bob knows."""
    alice.friends.add(bob)
    return Copy.objects.create(book=book, barcode="A1", owner=alice, visibility="friends")


@pytest.fixture
def asked(own: Copy, bob: User) -> Hold:
    return requests.ask(own, bob.member)


def kind(answer: Any) -> str:
    assert answer.status_code == 409, answer.text
    return str(answer.json()["type"].rpartition("/")[2])


def test_a_friend_asks_is_accepted_borrows_and_gives_back(own: Copy, alice: User, bob: User) -> None:
    owner, friend = signed_in(alice), signed_in(bob)
    hold = friend.post("/api/holds/", {"copy": "A1", "message": "For the train"}).json()
    assert (hold["state"], hold["place"]) == ("waiting", 1)
    asks = owner.get("/api/holds/?asked=true").json()
    assert [(row["name"], row["message"]) for row in asks] == [("Bob Example", "For the train")]

    yes = owner.put(f"/api/holds/{hold['id']}/answer/", {"accepted": True, "answer": "Come on Sunday"}).json()
    assert (yes["state"], yes["answer"], yes["copy"]) == ("ready", "Come on Sunday", "A1")
    assert friend.get(f"/api/holds/{hold['id']}/").json()["answer"] == "Come on Sunday"

    loan = friend.post(f"/api/holds/{hold['id']}/loan/").json()
    assert (loan["copy"], loan["member"], Copy.objects.get().state) == ("A1", "card-bob", State.ON_LOAN)
    assert friend.post(f"/api/loans/{loan['id']}/renew/").json()["renewals"] == 1
    assert owner.post(f"/api/loans/{loan['id']}/return/").json()["returned_at"] is not None
    assert Copy.objects.get().state == State.IN


def test_a_word_is_for_a_person_alone(copy: Copy, bob: User) -> None:
    client = signed_in(bob)
    for which in ({"copy": copy.barcode}, {"book": copy.book_id}):
        no = client.post("/api/holds/", which | {"message": "For the train"})
        assert (no.status_code, list(no.json()["errors"])) == (400, ["message"])
    assert not Hold.objects.exists()


@pytest.mark.parametrize("side", ["alice", "bob"])
def test_either_sides_word_is_enough(own: Copy, asked: Hold, alice: User, bob: User, side: str) -> None:
    client = signed_in({"alice": alice, "bob": bob}[side])
    requests.accept(asked)
    loan = client.post(f"/api/holds/{asked.pk}/loan/")

    assert (loan.status_code, loan.json()["member"]) == (201, "card-bob")
    assert client.post(f"/api/loans/{loan.json()['id']}/return/").status_code == 200


def test_a_refusal_has_its_word(own: Copy, asked: Hold, alice: User, bob: User) -> None:
    no = signed_in(alice).put(f"/api/holds/{asked.pk}/answer/", {"accepted": False, "answer": "I read it myself"})

    assert (no.status_code, no.json()["state"]) == (200, "refused")
    assert signed_in(bob).get("/api/holds/").json()[0]["answer"] == "I read it myself"
    assert signed_in(alice).get("/api/holds/").json() == []
    assert kind_of_second_answer(asked, alice) == 404


def kind_of_second_answer(hold: Hold, owner: User) -> int:
    """What is over is the asker's alone."""
    return int(signed_in(owner).put(f"/api/holds/{hold.pk}/answer/", {"accepted": True}).status_code)


def test_only_the_owner_answers(own: Copy, asked: Hold, bob: User, carol: User, librarian: User) -> None:
    statuses = [
        signed_in(user).put(f"/api/holds/{asked.pk}/answer/", {"accepted": True}).status_code
        for user in (bob, carol, librarian)
    ]

    assert statuses == [403, 404, 403]
    assert Copy.objects.get().state == State.IN


def test_nothing_is_handed_over_before_a_yes_or_after_it_was_taken_back(asked: Hold, alice: User, bob: User) -> None:
    assert kind(signed_in(bob).post(f"/api/holds/{asked.pk}/loan/")) == "hold-over"
    requests.accept(asked)
    requests.refuse(Hold.objects.get())

    assert kind(signed_in(bob).post(f"/api/holds/{asked.pk}/loan/")) == "hold-over"
    assert Copy.objects.get().state == State.IN


def test_one_is_accepted_at_a_time(own: Copy, asked: Hold, alice: User, carol: User) -> None:
    alice.friends.add(carol)
    second = signed_in(carol).post("/api/holds/", {"copy": "A1"}).json()
    assert second["place"] == 2
    requests.accept(asked)

    answer = signed_in(alice).put(f"/api/holds/{second['id']}/answer/", {"accepted": True})
    assert kind(answer) == "copy-away"


def test_a_groups_copy_is_cared_for_by_any_of_its_people(book: Book, alice: User, bob: User, carol: User) -> None:
    Copy.objects.create(book=book, barcode="G1", owner_group=alice.group, visibility="everyone")
    hold = signed_in(carol).post("/api/holds/", {"copy": "G1"}).json()
    assert kind(signed_in(bob).post("/api/holds/", {"copy": "G1"})) == "own-copy"

    assert signed_in(bob).put(f"/api/holds/{hold['id']}/answer/", {"accepted": True}).status_code == 200
    loan = signed_in(alice).post(f"/api/holds/{hold['id']}/loan/").json()
    assert [row["id"] for row in signed_in(bob).get("/api/loans/").json()] == [loan["id"]]
    assert signed_in(bob).post(f"/api/loans/{loan['id']}/return/").status_code == 200
    assert signed_in(bob).get("/api/loans/").json() == []


def test_what_one_may_not_see_one_cannot_ask_for(own: Copy, carol: User) -> None:
    hidden = signed_in(carol).post("/api/holds/", {"copy": "A1"})
    never = signed_in(carol).post("/api/holds/", {"copy": "A2"})

    assert (hidden.status_code, hidden.json()["errors"]["copy"][0].replace("A1", "A2")) == (
        400,
        never.json()["errors"]["copy"][0],
    )


def test_a_library_may_forbid_it(own: Copy, alice: User, bob: User) -> None:
    assert kind(signed_in(alice).post("/api/holds/", {"copy": "A1"})) == "own-copy"
    rules.change(members_lend=False)

    assert kind(signed_in(bob).post("/api/holds/", {"copy": "A1"})) == "members-do-not-lend"


def test_a_book_of_the_librarys_is_not_taken_back_by_its_borrower(copy: Copy, alice: User) -> None:
    loan = checkout.check_out(copy, alice.member, by=None)

    assert signed_in(alice).post(f"/api/loans/{loan.pk}/return/").status_code == 403


def test_the_library_queue_and_a_friends_copy_do_not_mix(own: Copy, copy: Copy, carol: User, bob: User) -> None:
    checkout.check_out(copy, carol.member, by=None)
    client = signed_in(bob)
    library = client.post("/api/holds/", {"book": copy.book_id}).json()
    friend = client.post("/api/holds/", {"copy": "A1"}).json()
    assert (library["place"], friend["place"]) == (1, 1)

    checkout.take_back(copy)
    states = {row["id"]: row["state"] for row in client.get("/api/holds/").json()}
    assert states == {library["id"]: "ready", friend["id"]: "waiting"}


def test_events_name_nobody_and_reach_those_they_are_for(
    own: Copy, asked: Hold, alice: User, bob: User, carol: User
) -> None:
    requests.accept(asked)

    told = {user.username: event_types(user) for user in (alice, bob, carol)}
    assert told == {"alice": ["hold.placed"], "bob": ["hold.placed", "hold.accepted"], "carol": []}
    assert Event.objects.filter(type="hold.accepted", audience="user", audience_of=asked.member.user_id).exists()


def event_types(user: User) -> list[str]:
    return [event["type"] for event in signed_in(user).get("/api/events/").json()]
