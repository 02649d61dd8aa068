"""The pages of people: friends, one person, one group, one's own profile (G8, G9)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from bookplate.catalog.models import Book, Copy, Visibility
from bookplate.people import friends
from bookplate.people.models import Block, Details, FriendRequest, Group, Profile, User
from tests.web.conftest import htmx

Visit = Callable[[User | None], Client]
pytestmark = pytest.mark.django_db


def show_to(user: User, visibility: Details) -> None:
    Profile.objects.filter(user=user).update(visibility=visibility)


def test_asking_by_name_and_accepting(visit: Visit, alice: User, bob: User) -> None:
    one, other = visit(alice), visit(bob)
    assert "You have asked bob to be your friend." in one.post("/people/", {"username": "bob"}, follow=True).text
    assert "They ask you" in other.get("/people/").text

    answer = other.post(f"/people/{alice.pk}/do/", {"do": "accept"}, follow=True)

    assert "You and alice are friends now." in answer.text
    assert (list(friends.of(alice)), FriendRequest.objects.count()) == ([bob], 0)


def test_asking_whoever_asks_is_accepting(visit: Visit, alice: User, bob: User) -> None:
    friends.ask(bob, "alice")

    assert "You and bob are friends now." in visit(alice).post("/people/", {"username": "bob"}, follow=True).text


def test_hidden_blocking_and_unknown_people_get_the_same_words(
    visit: Visit, alice: User, bob: User, carol: User
) -> None:
    friends.block(bob, alice)
    client = visit(alice)
    answers = [client.post("/people/", {"username": name}) for name in ("bob", "carol", "nosuch")]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert all("There is nobody of this name whom you can ask." in answer.text for answer in answers)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        ("decline", "is gone"),
        ("block", "You have blocked bob, who is not told so."),
        ("end", "friends no longer"),
        ("unblock", "bob is blocked no longer."),
        ("ask", "You have asked bob"),
        ("accept", "bob does not ask to be your friend any more."),
    ],
)
def test_each_button_says_what_it_did(do: str, words: str, visit: Visit, alice: User, bob: User) -> None:
    assert words in visit(alice).post(f"/people/{bob.pk}/do/", {"do": do}, follow=True).text


@pytest.mark.parametrize("do", ["", "delete", "__class__"])
def test_what_no_button_says_is_refused(do: str, visit: Visit, alice: User, bob: User) -> None:
    assert visit(alice).post(f"/people/{bob.pk}/do/", {"do": do}).status_code == 400


def test_friends_requests_and_the_blocked_stand_on_the_page(
    visit: Visit, alice: User, make_user: Callable[..., User]
) -> None:
    assert "Nobody yet." in visit(alice).get("/people/").text
    friend, asks, blocked, _ = (make_user(name) for name in ("fred", "anna", "boris", "axel"))
    alice.friends.add(friend)
    friends.ask(asks, "alice")
    friends.ask(alice, "axel")
    friends.block(alice, blocked)

    text = visit(alice).get("/people/").text
    order = ["They ask you", "anna", "You ask them", "axel", "fred", "Blocked", "boris"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_a_hidden_friend_stays_in_the_list_without_a_page(visit: Visit, alice: User, carol: User) -> None:
    alice.friends.add(carol)
    show_to(carol, Details.NOBODY)
    client = visit(alice)

    assert "carol" in client.get("/people/").text
    assert f'href="/people/{carol.pk}/"' not in client.get("/people/").text
    assert client.get(f"/people/{carol.pk}/").status_code == 404
    assert client.post(f"/people/{carol.pk}/do/", {"do": "end"}).status_code == 302
    assert not friends.are_friends(alice, carol)


@pytest.mark.parametrize("address", ["/people/{}/", "/people/{}/do/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_hidden_person_is_the_same_404_as_one_who_never_was(
    address: str, method: str, visit: Visit, alice: User, bob: User, carol: User
) -> None:
    friends.block(bob, alice)
    client = visit(alice)
    answers = [client.generic(method, address.format(number)) for number in (carol.pk, bob.pk, 10**6, 10**30)]

    expected = 405 if "do" in address and method != "POST" else 404
    assert [answer.status_code for answer in answers] == [expected] * 4


def test_a_persons_page_shows_what_the_viewer_may_see_of_them(
    visit: Visit, alice: User, bob: User, carol: User, book: Book
) -> None:
    Profile.objects.filter(user=alice).update(info="<b>I collect maps.</b>", visibility=Details.MEMBERS)
    titles = {}
    for visibility in (Visibility.MEMBERS, Visibility.GROUP, Visibility.FRIENDS, Visibility.OWNER):
        titles[visibility] = f"For {visibility}"
        Copy.objects.create(book=Book.objects.create(title=titles[visibility]), owner=alice, visibility=visibility)
    alice.friends.add(carol)

    def seen(viewer: User) -> list[str]:
        text = visit(viewer).get(f"/people/{alice.pk}/").text
        return [visibility.value for visibility, title in titles.items() if title in text]

    assert {viewer.username: seen(viewer) for viewer in (alice, bob, carol)} == {
        "alice": ["members", "group", "friends", "owner"],
        "bob": ["members", "group"],
        "carol": ["members", "friends"],
    }
    assert "&lt;b&gt;I collect maps." in visit(bob).get(f"/people/{alice.pk}/").text


STANDINGS: dict[str, tuple[Callable[[User, User], object], list[str]]] = {
    "open": (lambda me, other: None, ["ask", "block"]),
    "asked": (lambda me, other: friends.ask(me, other.username), ["decline", "block"]),
    "asks": (lambda me, other: friends.ask(other, me.username), ["accept", "decline", "block"]),
    "friend": (lambda me, other: me.friends.add(other), ["end", "block"]),
    "blocked": (friends.block, ["unblock"]),
}


@pytest.mark.parametrize("standing", STANDINGS)
def test_a_persons_page_offers_what_can_be_done_next(standing: str, visit: Visit, alice: User, bob: User) -> None:
    prepare, offered = STANDINGS[standing]
    prepare(alice, bob)
    text = visit(alice).get(f"/people/{bob.pk}/").text

    assert friends.standing(alice, bob) == standing
    assert [do for do in ("ask", "accept", "decline", "end", "unblock", "block") if f'value="{do}"' in text] == offered


def test_nothing_is_to_be_done_with_oneself_and_asking_only_where_it_would_do(
    visit: Visit, alice: User, carol: User, librarian: User
) -> None:
    assert 'value="ask"' not in visit(librarian).get(f"/people/{carol.pk}/").text
    assert 'name="do"' not in visit(alice).get(f"/people/{alice.pk}/").text
    assert "Edit my profile" in visit(alice).get(f"/people/{alice.pk}/").text


def test_a_groups_page_shows_its_people_and_books_as_visible(
    visit: Visit, alice: User, bob: User, carol: User, book: Book
) -> None:
    show_to(alice, Details.MEMBERS)
    for owner, title in ((alice, "Of alice"), (bob, "Of bob")):
        Copy.objects.create(book=Book.objects.create(title=title), owner=owner)
    whole = {"owner_group": alice.group, "visibility": Visibility.GROUP}
    Copy.objects.create(book=Book.objects.create(title="Of the group"), **whole)
    everything = ("alice", "bob", "Of alice", "Of bob", "Of the group")

    def seen(viewer: User) -> list[str]:
        text = visit(viewer).get(f"/groups/{alice.group_id}/").text
        return [words for words in everything if f">{words}</a>" in text]

    assert seen(carol) == ["alice", "Of alice"]
    assert seen(bob) == list(everything)


def shown(text: str, pattern: str) -> list[str]:
    return re.findall(pattern, text)


OWNED = r'<li class="owned">\s*<span>\s*<a[^>]*>([^<]*)</a>'


@pytest.mark.parametrize("address", ["/people/{alice}/", "/groups/{group}/"])
def test_books_come_in_pages_by_title(visit: Visit, alice: User, bob: User, address: str) -> None:
    titles = [f"Volume {number:03}" for number in range(100)]
    for title in reversed(titles):
        Copy.objects.create(book=Book.objects.create(title=title), owner=alice, visibility=Visibility.GROUP)
    client, address = visit(bob), address.format(alice=alice.pk, group=alice.group_id)
    text, found = client.get(address).text, []
    while more := re.search(r'hx-get="(\?after=[^"]+)"', text):
        found += shown(text, OWNED)
        text = client.get(address + more[1], **htmx("more")).text

    assert found + shown(text, OWNED) == titles
    assert (text.lstrip().startswith('<li class="owned">'), "autofocus" in text) == (True, True)


def test_the_people_of_a_group_come_in_pages_by_name(visit: Visit, alice: User, make_user: Any) -> None:
    names = [make_user(f"pupil-{number:02}").username for number in range(60)]
    client, address = visit(alice), f"/groups/{alice.group_id}/"
    first = client.get(address).text
    more = re.search(r'hx-get="(\?after_person=[^"]+)"', first)
    assert more
    second = client.get(address + more[1], **htmx("more-people")).text
    found = [shown(text, r'href="/people/\d+/"[^>]*>([^<]+)</a>') for text in (first, second)]

    assert [name for page in found for name in page] == ["alice", *names]
    assert [len(page) for page in found] == [48, 13]


def test_a_cursor_that_is_none_shows_the_first_page(visit: Visit, alice: User) -> None:
    Copy.objects.create(book=Book.objects.create(title="Emma"), owner=alice)

    assert ">Emma</a>" in visit(alice).get(f"/people/{alice.pk}/?after=nonsense").text


def test_an_open_page_of_a_person_follows(visit: Visit, alice: User, bob: User) -> None:
    client, address = visit(alice), f"/people/{bob.pk}/"
    whole = client.get(address).text
    assert 'data-live="people"' in whole and "data-since=" in whole

    friends.ask(bob, "alice")
    part = client.get(address, **htmx("person")).text
    assert part.lstrip().startswith("<article")
    assert ("Asks to be your friend" in part, "<html" in part) == (True, False)


def test_a_group_without_people_says_so(visit: Visit, alice: User) -> None:
    empty = Group.objects.create(name="Empty")

    assert "Nobody whom you may see." in visit(alice).get(f"/groups/{empty.pk}/").text
    assert visit(alice).get("/groups/987654/").status_code == 404


def test_editing_ones_profile(visit: Visit, alice: User) -> None:
    values = {"info": "I read.", "visibility": "nobody", "user": "9"}
    answer = visit(alice).post("/account/profile/", values, follow=True)

    assert "Your profile was changed." in answer.text
    assert Profile.objects.filter(user=alice).values_list("info", "visibility").get() == ("I read.", "nobody")


def test_a_wrong_profile_is_named(visit: Visit, alice: User) -> None:
    answer = visit(alice).post("/account/profile/", {"info": "x" * 10_001, "visibility": "all"})

    assert answer.status_code == 400
    assert ("at most 10000" in answer.text, "Select a valid choice." in answer.text) == (True, True)


def test_an_open_page_fetches_only_the_circle(visit: Visit, alice: User) -> None:
    text = visit(alice).get("/people/", **htmx("people")).text

    assert text.lstrip().startswith("<section")
    assert "<form" not in text and "<h1>" not in text


def test_blocking_twice_from_two_pages_is_one_block(visit: Visit, alice: User, bob: User) -> None:
    for _ in range(2):
        assert visit(alice).post(f"/people/{bob.pk}/do/", {"do": "block"}).status_code == 302

    assert Block.objects.count() == 1
