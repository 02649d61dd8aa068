"""Finding cards however the name is spelt, and giving one to an account by a code."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookplate.core.errors import Invalid
from bookplate.core.models import Event
from bookplate.people import attempts, members
from bookplate.people.attempts import TooManyAttempts
from bookplate.people.models import Attempt, Member, User

pytestmark = pytest.mark.django_db


def found(text: str) -> list[str]:
    return [str(member) for member in Member.objects.all().matching(text)]


@pytest.fixture
def cards(db: None) -> None:
    people = [
        ("ÉMILE", "Zola", "12345"),
        ("Émilie", "du Châtelet", "12999"),
        ("Ὀδυσσεύς", "", "55"),
        ("Ṣalāḥ", "'t Hart", "7"),
    ]
    for firstname, lastname, card in people:
        Member.objects.create(firstname=firstname, lastname=lastname, card=card)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("emile", ["ÉMILE Zola"]),
        ("ÉMIL", ["Émilie du Châtelet", "ÉMILE Zola"]),
        ("chatelet emilie", ["Émilie du Châtelet"]),
        ("οδυσσευς", ["Ὀδυσσεύς"]),
        ("'t hart salah", ["Ṣalāḥ 't Hart"]),
        ("12", ["Émilie du Châtelet", "ÉMILE Zola"]),
        ("12345", ["ÉMILE Zola"]),
        (" 12345 ", ["ÉMILE Zola"]),
        ("345", []),
        ("zol_", []),
        ("%", []),
        ("", ["Émilie du Châtelet", "Ṣalāḥ 't Hart", "ÉMILE Zola", "Ὀδυσσεύς"]),
    ],
)
def test_cards_are_found_by_name_and_number(cards: None, text: str, names: list[str]) -> None:
    assert found(text) == names


def test_a_whole_number_is_that_card_alone(cards: None) -> None:
    Member.objects.create(firstname="55", lastname="Street", card="555")

    assert found("55") == ["Ὀδυσσεύς"]


def saved(member: Member) -> None:
    member.firstname = "Ökonom"
    member.save(update_fields=["firstname"])


def bulk_updated(member: Member) -> None:
    member.firstname = "Ökonom"
    Member.objects.bulk_update([member], ["firstname"])


RENAMED: dict[str, Callable[[Member], object]] = {
    "change": lambda member: members.change(member, firstname="Ökonom"),
    "update": lambda member: Member.objects.update(firstname="Ökonom"),
    "save": saved,
    "bulk_update": bulk_updated,
}


@pytest.mark.parametrize("way", RENAMED)
def test_a_new_name_is_found_however_it_was_written(way: str) -> None:
    RENAMED[way](Member.objects.create(firstname="Dora"))

    assert (found("okonom"), found("dora")) == (["Ökonom"], [])


@pytest.fixture
def card(db: None) -> Member:
    return Member.objects.create(firstname="Alice", lastname="Example", card="A1")


@pytest.fixture
def alice(db: None) -> User:
    user: User = User.objects.create(username="alice")
    return user


@pytest.fixture
def bob(db: None) -> User:
    user: User = User.objects.create(username="bob")
    return user


def test_a_code_gives_the_card_to_one_user_once(card: Member, alice: User, bob: User) -> None:
    code = members.make_link_code(card)

    assert members.link(alice, f" {code.lower().replace('-', '')} ").user == alice
    with pytest.raises(Invalid):
        members.link(bob, code)
    assert Member.objects.get().user == alice
    assert list(Event.objects.values_list("type", "member", "user")) == [
        ("member.code-made", card.pk, None),
        ("member.linked", card.pk, alice.pk),
    ]


def test_a_new_code_ends_the_one_before(card: Member, alice: User) -> None:
    first, second = members.make_link_code(card), members.make_link_code(card)

    with pytest.raises(Invalid):
        members.link(alice, first)
    assert members.link(alice, second) == card


def test_a_code_ends_after_14_days(card: Member, alice: User) -> None:
    code = members.make_link_code(card)
    Member.objects.update(link_until=timezone.now() - timedelta(seconds=1))

    with pytest.raises(Invalid):
        members.link(alice, code)
    assert (Member.objects.get().has_code, members.CODE_LIFE) == (False, timedelta(days=14))


def test_a_withdrawn_code_is_not_good(card: Member, alice: User) -> None:
    code = members.make_link_code(card)
    members.withdraw_link_code(card)
    members.withdraw_link_code(card)

    with pytest.raises(Invalid):
        members.link(alice, code)
    assert Event.objects.filter(type="member.code-withdrawn").count() == 1


def test_only_a_hash_of_the_code_is_kept(card: Member) -> None:
    code = members.make_link_code(card)

    kept = " ".join(str(value) for value in Member.objects.values().get().values())
    assert (code in kept, code.replace("-", "") in kept) == (False, False)


def test_a_card_with_an_account_gets_no_code(card: Member, alice: User) -> None:
    members.make_link_code(card)
    members.change(card, user=alice)

    with pytest.raises(members.HasAccount):
        members.make_link_code(card)
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.update(link_digest="x", link_until=timezone.now())


def test_a_user_has_one_card(card: Member, alice: User) -> None:
    Member.objects.create(firstname="Alice", user=alice)

    with pytest.raises(members.HasCard):
        members.link(alice, members.make_link_code(card))


def test_a_card_taken_away_can_be_given_anew(card: Member, alice: User, bob: User) -> None:
    members.link(alice, members.make_link_code(card))
    members.unlink(card)
    members.unlink(card)

    assert members.link(bob, members.make_link_code(card)).user == bob
    assert Event.objects.filter(type="member.unlinked").values_list("member", "user").get() == (card.pk, alice.pk)


def enter_wrong_codes(user: User, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Invalid):
            members.link(user, "AAAA-AAAA")


def test_after_ten_wrong_codes_even_the_right_one_waits(card: Member, alice: User) -> None:
    code = members.make_link_code(card)
    enter_wrong_codes(alice, 10)
    with pytest.raises(TooManyAttempts, match=r"Too many wrong codes. Try again in 1 minute\.") as refused:
        members.link(alice, code)

    assert 50 < refused.value.wait <= 60
    Attempt.objects.update(paused_until=timezone.now())
    assert members.link(alice, code) == card


def test_wrong_codes_of_an_hour_ago_and_of_others_do_not_count(card: Member, alice: User, bob: User) -> None:
    enter_wrong_codes(alice, 9)
    Attempt.objects.update(since=timezone.now() - timedelta(hours=1))
    enter_wrong_codes(bob, 10)
    enter_wrong_codes(alice, 9)

    assert members.link(alice, members.make_link_code(card)) == card


def test_a_wrong_code_is_no_wrong_password(card: Member, alice: User) -> None:
    enter_wrong_codes(alice, 10)

    assert attempts.guard("alice", None, lambda: True) is True
