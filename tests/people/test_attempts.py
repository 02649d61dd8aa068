"""Failed sign-ins make a pause, for the account and for the address (G6)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from statistics import median
from time import perf_counter, process_time
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from rest_framework.test import APIClient

from bookplate.core.models import Event
from bookplate.people import attempts
from bookplate.people.attempts import TooManyAttempts
from bookplate.people.models import Attempt, User
from tests.cast import PASSWORD, Posted, signed_in

pytestmark = pytest.mark.django_db

HERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def small_limit(settings: Any) -> None:
    settings.SIGN_IN_ATTEMPTS = 3


def fail(name: str, times: int, address: str | None = HERE) -> None:
    for _ in range(times):
        assert attempts.guard(name, address, lambda: False) is False


def succeed(name: str, address: str | None = HERE) -> bool:
    return attempts.guard(name, address, lambda: True)


def later(**time: float) -> None:
    """As if so much time had passed."""
    for attempt in Attempt.objects.all():
        attempt.since -= timedelta(**time)
        if attempt.paused_until:
            attempt.paused_until -= timedelta(**time)
        attempt.save()


def test_after_the_limit_nobody_is_judged() -> None:
    judged: list[str] = []
    fail("alice", 3)
    with pytest.raises(TooManyAttempts, match=r"Too many wrong passwords. Try again in 1 minute\."):
        attempts.guard("alice", HERE, lambda: judged.append("right"))

    assert judged == []
    assert succeed("bob") is True


def test_a_pause_grows_and_ends() -> None:
    fail("alice", 3)
    waits = []
    for _ in range(7):
        with pytest.raises(TooManyAttempts) as refused:
            succeed("alice")
        waits.append(refused.value.wait)
        later(seconds=waits[-1])
        if sum(waits) < 3600:
            fail("alice", 1)

    expected = [60, 120, 240, 480, 900, 900, 900]
    assert all(told - 10 < wait <= told for wait, told in zip(waits, expected, strict=True)), waits
    assert succeed("alice") is True


def test_a_right_password_begins_anew() -> None:
    fail("alice", 2)
    succeed("alice")
    fail("alice", 2)

    assert succeed("alice") is True


def test_what_is_an_hour_old_is_forgotten() -> None:
    fail("alice", 2)
    later(hours=1)
    fail("alice", 2)

    assert succeed("alice") is True


def test_old_rows_are_removed_but_no_pause() -> None:
    fail("alice", 3)
    fail("bob", 1)
    later(seconds=30)
    assert attempts.forget_old() == 0

    later(hours=1)
    assert (attempts.forget_old(), Attempt.objects.count()) == (3, 0)


@pytest.mark.parametrize("spelt", ["ALICE", "Alice", "alıce", "ａｌｉｃｅ"])
def test_a_name_is_the_same_however_it_is_spelt(spelt: str) -> None:
    fail("alice", 3)

    with pytest.raises(TooManyAttempts):
        succeed(spelt)


def test_an_address_is_stopped_that_tries_many_names() -> None:
    for number in range(15):
        fail(f"name-{number}", 1)

    with pytest.raises(TooManyAttempts):
        succeed("alice")
    assert succeed("alice", "192.0.2.2") is True


def test_an_account_of_ones_own_does_not_open_the_address_again() -> None:
    for number in range(14):
        fail(f"name-{number}", 1)
        succeed("mallory")
    fail("name-15", 1)

    with pytest.raises(TooManyAttempts):
        succeed("mallory")


def test_good_sign_ins_cost_an_address_nothing() -> None:
    assert [succeed(f"pupil-{number}") for number in range(20)] == [True] * 20


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
def test_which_addresses_are_one(one: str, other: str, same: bool) -> None:
    for number in range(15):
        fail(f"name-{number}", 1, one)

    if same:
        with pytest.raises(TooManyAttempts):
            succeed("alice", other)
    else:
        assert succeed("alice", other) is True


def test_without_an_address_the_account_counts() -> None:
    fail("alice", 3, None)

    with pytest.raises(TooManyAttempts):
        succeed("alice", None)


def test_neither_names_nor_addresses_are_kept_in_clear() -> None:
    fail("My-Passw0rd", 1)

    assert [len(attempt.whose) for attempt in Attempt.objects.all()] == [64, 64]
    assert "y-passw0rd" not in str(list(Attempt.objects.values())).lower()


def test_the_owner_hears_of_it_once(alice: User, posted: Posted) -> None:
    def fail_until_it_pauses_again() -> None:
        fail("Alice", 3)
        later(minutes=1)
        fail("Alice", 1)

    _, letters = posted(fail_until_it_pauses_again)

    assert [(letter.to, "3 wrong passwords" in letter.body) for letter in letters] == [(["alice@example.org"], True)]
    assert Event.objects.filter(type="user.paused").values_list("user", flat=True).get() == alice.pk


@pytest.mark.parametrize("name", ["nobody-like-this", "alice"])
def test_nobody_hears_of_a_name_that_is_not_there_or_closed(alice: User, name: str, posted: Posted) -> None:
    User.objects.update(is_active=False)
    _, letters = posted(lambda: fail(name, 3))

    assert (letters, Event.objects.filter(type="user.paused").count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_of_thirty_at_once_three_are_judged() -> None:
    judged: list[int] = []

    def attempt(number: int) -> bool:
        try:
            attempts.guard("alice", HERE, lambda: judged.append(number))
            return True
        except TooManyAttempts:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(attempt, range(30)))

    assert (sum(answers), len(judged)) == (3, 3)


# --- At the doors


def ask_api(name: str, password: str, **headers: str) -> Any:
    return APIClient().post("/api/token/", {"username": name, "password": password}, headers=headers)


def ask_page(name: str, password: str, client: Client | None = None, **headers: str) -> Any:
    form = {"username": name, "password": password}
    return (client or Client()).post("/sign-in/", form, headers=headers)


Ask = Callable[..., Any]
DOORS = pytest.mark.parametrize("ask", [ask_api, ask_page])


@DOORS
@pytest.mark.parametrize("letters", ["a" * 240_000, "a" + "\u0315\u0301" * 50_000])
def test_a_name_without_an_end_is_refused_at_once_and_not_counted(db: None, ask: Ask, letters: str) -> None:
    begun = process_time()

    answer = ask(letters, "x")

    assert answer.status_code == (400 if ask is ask_api else 200)
    assert process_time() - begun < 5
    assert not Attempt.objects.exists()


@DOORS
@pytest.mark.parametrize("name", ["alice", "nobody-like-this"])
def test_a_pause_is_a_429_whether_or_not_the_account_is_there(alice: User, ask: Ask, name: str) -> None:
    before = [ask(name, "wrong").status_code for _ in range(3)]
    paused = ask(name, PASSWORD)

    assert before == [401 if ask is ask_api else 200] * 3
    assert (paused.status_code, 0 < int(paused.headers["Retry-After"]) <= 60) == (429, True)
    assert "Too many wrong passwords. Try again in 1 minute." in paused.text


def test_a_pause_is_a_problem_at_the_api(alice: User) -> None:
    for _ in range(3):
        ask_api("alice", "wrong")
    problem = ask_api("alice", PASSWORD)

    assert problem.headers["Content-Type"] == "application/problem+json"
    assert (problem.json()["type"], problem.json()["status"]) == ("/api/problems/too-many-attempts", 429)


def test_all_doors_count_together(alice: User) -> None:
    ask_api("alice", "wrong")
    ask_page("alice", "wrong")
    Client().post("/admin/login/", {"username": "alice", "password": "wrong"})
    ask_api("alice", "wrong")

    assert ask_page("alice", PASSWORD).status_code == 429


def test_whoever_is_signed_in_stays_so(alice: User) -> None:
    api, browser = signed_in(alice), Client()
    browser.force_login(alice)
    for _ in range(4):
        ask_api("alice", "wrong")

    assert api.get("/api/users/me/").status_code == 200
    assert browser.get("/my/loans/").status_code == 200


@DOORS
def test_a_changing_forwarded_address_does_not_help(alice: User, ask: Ask, settings: Any) -> None:
    settings.PROXIES = 0
    for number in range(15):
        ask(f"name-{number}", "wrong", **{"X-Forwarded-For": f"192.0.2.{number}"})

    assert ask("alice", PASSWORD, **{"X-Forwarded-For": "192.0.2.99"}).status_code == 429


def test_behind_a_proxy_people_are_told_apart(alice: User, settings: Any) -> None:
    settings.PROXIES = 1
    for number in range(15):
        ask_api(f"name-{number}", "wrong", **{"X-Forwarded-For": f"203.0.113.{number}, 192.0.2.1"})

    assert ask_api("alice", PASSWORD, **{"X-Forwarded-For": "192.0.2.1"}).status_code == 429
    assert ask_api("alice", PASSWORD, **{"X-Forwarded-For": "192.0.2.2"}).status_code == 200


def test_django_s_admin_asks_on_our_page(client: Client, alice: User, librarian: User) -> None:
    asked = client.get("/admin/people/member/", follow=True)
    assert asked.redirect_chain[-1][0] == "/sign-in/?next=/admin/people/member/"
    assert ask_page("librarian", PASSWORD, client).status_code == 302
    assert client.get("/admin/").status_code == 200

    client.force_login(alice)
    assert client.get("/admin/", follow=True).status_code == 403
    assert Client().get("/admin/login/?next=https://evil.example/").headers["Location"].startswith("/sign-in/?next=")


def counted(done: Callable[..., Any], work: list[str]) -> Callable[..., Any]:
    def count(*args: Any) -> Any:
        work.append(done.__name__)
        return done(*args)

    return count


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """One entry for each time that Argon2 does its work."""
    work: list[str] = []
    kind = hashers.Argon2PasswordHasher
    for name in ("encode", "verify"):
        done = getattr(kind, name)
        monkeypatch.setattr(kind, name, counted(done, work))
    yield work


@DOORS
@pytest.mark.parametrize("name", ["alice", "ALICE", "nobody-like-this", "closed", "invited"])
def test_every_wrong_sign_in_costs_one_hash(
    make_user: Callable[..., User], hashed: list[str], ask: Ask, name: str
) -> None:
    make_user("alice")
    User.objects.filter(pk=make_user("closed").pk).update(is_active=False)
    User.objects.filter(pk=make_user("invited").pk).update(password=hashers.make_password(None))
    hashed.clear()
    ask(name, "wrong")

    assert len(hashed) == 1


@pytest.mark.alone
def test_a_wrong_password_and_an_unknown_name_take_the_same_time(
    real_hashing: None, alice: User, settings: Any
) -> None:
    User.objects.update(password=hashers.make_password(PASSWORD))
    settings.SIGN_IN_ATTEMPTS = 1000
    request = RequestFactory().post("/")

    def seconds(name: str) -> float:
        began = perf_counter()
        assert attempts.authenticate(request, name, "wrong") is None
        return perf_counter() - began

    took = {name: median(seconds(name) for _ in range(7)) for name in ("alice", "nobody-like-this")}

    assert 0.5 < took["alice"] / took["nobody-like-this"] < 2
    assert Attempt.objects.filter(since__gt=timezone.now() - timedelta(hours=1)).count() == 3
