"""Friendship from the request to its end, blocking, and what each of them lets others see (G9)."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from bookplate.catalog import copies
from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.core.errors import Invalid, RemovedMeanwhile
from bookplate.core.models import Event
from bookplate.feed import reading
from bookplate.people import friends
from bookplate.people.models import Block, Details, FriendRequest, Profile, User

pytestmark = pytest.mark.django_db

NOBODY = "There is nobody of this name whom you can ask."


def heard(user: User) -> list[str]:
    """What `user` hears of friends and blocks, by type."""
    events = reading.visible_to(user).filter(audience="user").order_by("id")
    return [event.type for event in events]


def hide(user: User, visibility: Details = Details.NOBODY) -> None:
    Profile.objects.filter(user=user).update(visibility=visibility)


def test_asked_and_accepted_is_mutual_and_both_hear_of_it(alice: User, bob: User) -> None:
    friends.ask(alice, "bob")
    assert (list(friends.of(alice)), heard(bob)) == ([], ["friend.requested"])

    friends.accept(bob, alice)

    assert (list(friends.of(alice)), list(friends.of(bob))) == ([bob], [alice])
    assert (heard(alice), heard(bob)) == (["friend.requested", "friend.added"],) * 2
    assert not FriendRequest.objects.exists()


def test_two_crossing_requests_are_a_friendship(alice: User, bob: User) -> None:
    requests = [friends.ask(alice, "bob"), friends.ask(bob, "alice")]

    assert [request.accepted for request in requests] == [False, True]
    assert (list(friends.of(alice)), FriendRequest.objects.count()) == ([bob], 0)


def test_whoever_asks_can_be_asked_back_though_they_hide(alice: User, bob: User) -> None:
    hide(bob)
    friends.ask(bob, "alice")

    assert friends.ask(alice, "bob").accepted


VERBS: dict[str, Callable[[User, User], object]] = {
    "ask": lambda me, other: friends.ask(me, other.username),
    "accept": friends.accept,
    "decline": friends.decline,
    "end": friends.end,
    "block": friends.block,
    "unblock": friends.unblock,
}


@pytest.mark.parametrize("verb", VERBS)
def test_doing_it_twice_changes_and_tells_nothing_more(verb: str, alice: User, bob: User) -> None:
    match verb:
        case "accept" | "decline":
            friends.ask(bob, "alice")
        case "end":
            alice.friends.add(bob)
        case "unblock":
            friends.block(alice, bob)

    VERBS[verb](alice, bob)
    before = [list(model.objects.values()) for model in (FriendRequest, Block, User.friends.through, Event)]
    VERBS[verb](alice, bob)

    assert [list(model.objects.values()) for model in (FriendRequest, Block, User.friends.through, Event)] == before


def test_a_withdrawn_request_cannot_be_accepted(alice: User, bob: User) -> None:
    friends.ask(alice, "bob")
    friends.decline(alice, bob)

    with pytest.raises(RemovedMeanwhile, match="alice does not ask"):
        friends.accept(bob, alice)
    assert heard(bob) == ["friend.requested", "friend.declined"]


def test_nobody_accepts_their_own_request(alice: User, bob: User) -> None:
    friends.ask(alice, "bob")

    with pytest.raises(RemovedMeanwhile):
        friends.accept(alice, bob)
    assert not friends.are_friends(alice, bob)


def test_who_hides_or_blocks_answers_as_who_never_was(alice: User, bob: User, carol: User, librarian: User) -> None:
    dora = User.objects.create(username="dora", group=alice.group, is_active=False)
    friends.block(bob, alice)
    friends.block(bob, librarian)
    hide(carol, Details.FRIENDS)

    for who, name in [(alice, name) for name in ("bob", "carol", dora.username, "nosuch", "alice")] + [
        (librarian, name) for name in ("bob", "carol", "nosuch")
    ]:
        with pytest.raises(Invalid, match=NOBODY):
            friends.ask(who, name)
    assert not FriendRequest.objects.exists()


def test_whoever_shows_themself_to_all_can_be_asked_by_strangers(alice: User, carol: User) -> None:
    with pytest.raises(Invalid, match=NOBODY):
        friends.ask(alice, "carol")
    hide(carol, Details.MEMBERS)

    assert friends.ask(alice, "Carol").asked == carol


def test_blocking_ends_a_friendship_and_tells_the_blocked_nothing(alice: User, bob: User) -> None:
    alice.friends.add(bob)
    friends.block(alice, bob)

    assert (list(friends.of(alice)), list(friends.of(bob))) == ([], [])
    assert (heard(alice), heard(bob)) == (["block.added"], [])
    assert alice not in User.objects.visible_to(bob)
    assert bob in User.objects.visible_to(alice)


def test_the_request_of_the_blocked_goes_on_waiting_unseen(alice: User, bob: User) -> None:
    request = friends.ask(bob, "alice")
    friends.block(alice, bob)

    assert list(FriendRequest.objects.visible_to(bob)) == [request]
    assert list(FriendRequest.objects.visible_to(alice)) == []
    with pytest.raises(RemovedMeanwhile):
        friends.accept(alice, bob)
    friends.decline(alice, bob)
    assert FriendRequest.objects.get() == request

    friends.decline(bob, alice)
    assert (heard(bob)[-1], heard(alice)[-1]) == ("friend.declined", "block.added")


def test_whom_one_blocks_one_cannot_ask(alice: User, bob: User) -> None:
    friends.block(alice, bob)
    with pytest.raises(Invalid, match="Unblock them first"):
        friends.ask(alice, "bob")

    friends.unblock(alice, bob)
    assert friends.ask(alice, "bob").asked == bob


def test_one_can_block_whom_one_can_name_and_nobody_else(alice: User, bob: User, carol: User) -> None:
    friends.block_by_name(alice, "bob")
    for name in ("carol", "nosuch", "alice"):
        with pytest.raises(Invalid, match="whom you can block"):
            friends.block_by_name(alice, name)

    assert Block.objects.get().whom == bob


def test_the_end_hides_the_friends_copy_from_the_next_request_and_event_on(
    alice: User, carol: User, book: Book
) -> None:
    alice.friends.add(carol)
    copy = copies.add(book, owner=alice, visibility=Visibility.FRIENDS)
    assert copy in Copy.objects.visible_to(carol)
    assert "copy.added" in [event.type for event in reading.visible_to(carol)]

    friends.end(carol, alice)
    copies.change(copy, shelfmark="Bedroom")

    assert copy not in Copy.objects.visible_to(carol)
    assert [event.type for event in reading.visible_to(carol)] == ["friend.ended"]


def test_blocking_hides_the_copies_for_friends(alice: User, carol: User, book: Book) -> None:
    alice.friends.add(carol)
    copy = copies.add(book, owner=alice, visibility=Visibility.FRIENDS)

    friends.block(alice, carol)

    assert copy not in Copy.objects.visible_to(carol)


REFUSED: dict[str, Callable[[User, User], object]] = {
    "a request twice": lambda alice, bob: FriendRequest.objects.create(asker=alice, asked=bob),
    "a request in the other direction": lambda alice, bob: FriendRequest.objects.create(asker=bob, asked=alice),
    "a request to oneself": lambda alice, bob: FriendRequest.objects.create(asker=bob, asked=bob),
    "a block twice": lambda alice, bob: Block.objects.create(who=alice, whom=bob),
    "a block of oneself": lambda alice, bob: Block.objects.create(who=alice, whom=alice),
    "an unknown visibility": lambda alice, bob: Profile.objects.update(visibility="everybody"),
    "a long info": lambda alice, bob: Profile.objects.update(info="x" * 10_001),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(alice: User, bob: User, what: str) -> None:
    FriendRequest.objects.create(asker=alice, asked=bob)
    Block.objects.create(who=alice, whom=bob)

    with pytest.raises(IntegrityError), transaction.atomic():
        REFUSED[what](alice, bob)


def test_requests_and_blocks_go_with_the_account(alice: User, bob: User, carol: User) -> None:
    FriendRequest.objects.create(asker=alice, asked=bob)
    Block.objects.create(who=carol, whom=alice)
    alice.member.delete()
    alice.delete()

    assert (FriendRequest.objects.count(), Block.objects.count()) == (0, 0)
