"""The pages for getting an account, and for its password, name and mail address."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from bookplate.people import accounts, invitations, passwords
from bookplate.people.invitations import Offer
from bookplate.people.models import Group, Invitation, User
from bookplate.people.roles import Role
from tests.cast import PASSWORD, Posted, signed_in

pytestmark = pytest.mark.django_db
Visit = Callable[[User | None], Client]

NEW = "three words of a sentence"
DORA = {"firstname": "Dora", "lastname": "", "username": "dora", "email": "dora@example.org", "password": NEW}
SECRET = "no-referrer"
BEHIND = "strict-origin"


@pytest.fixture
def link(librarian: User) -> str:
    return invitations.make(Offer(group=Group.objects.create(name="Reading circle")), by=librarian, site="")[1]


def test_registering_by_invitation(link: str) -> None:
    client = Client()
    first = client.get(link)
    page = client.get(first["Location"])
    answer = client.post("/register/", DORA)

    assert (first.status_code, first["Location"]) == (302, "/register/")
    assert ("Reading circle" in page.text, "You are invited" in page.text) == (True, True)
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")
    assert "Your account dora is there." in client.get("/sign-in/").text
    assert User.objects.get(username="dora").group.name == "Reading circle"
    assert client.login(username="dora", password=NEW) is True
    assert client.post("/register/", DORA | {"username": "emil"}).status_code == 403


@pytest.mark.parametrize("address", ["invited", "register", "confirm-address", "address-link", "new-password"])
def test_no_secret_leaves_by_the_referrer(addresses: dict[str, str], address: str) -> None:
    answer = Client().get(addresses[address])

    assert answer["Referrer-Policy"] == (BEHIND if address in ("register", "confirm-address") else SECRET)
    assert "no-store" in answer["Cache-Control"]


def test_the_form_for_a_new_password_is_at_an_address_without_the_token(alice: User) -> None:
    client, address = Client(), passwords.reset_link(alice, "")
    token = address.split("/")[-2]
    page = client.get(client.get(address)["Location"])

    assert (page.status_code, page["Referrer-Policy"], token in page.text) == (200, BEHIND, False)
    assert token not in page.request["PATH_INFO"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_invitation_that_is_over_says_so(link: str, method: str) -> None:
    client = Client()
    client.get(link)
    Invitation.objects.all().delete()

    assert client.get(link).status_code == 404
    assert "Ask the library for a new one." in client.get(link).text
    assert getattr(client, method)("/register/", DORA).status_code == 403


def test_a_link_that_never_was_leaves_no_session(db: None) -> None:
    client = Client()
    answers = [client.get(address) for address in ("/register/x/", "/account/mail/x/", "/password/new/MQ/x/")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "sessionid" not in client.cookies


def test_registering_where_it_is_open_and_what_is_wrong_is_told_beside_the_field(alice: User, settings: Any) -> None:
    settings.REGISTRATION = "open"
    answer = Client().post("/register/", DORA | {"username": "Alice", "password": "short"})

    assert answer.status_code == 400
    assert re.findall(r'class="fault" id="(\w+)_error">([^<]+?)\s*<', answer.text) == [
        ("id_username", "This username is taken."),
        ("id_password", "This password is too short. It must contain at least 8 characters."),
    ]
    assert Client().post("/register/", DORA).status_code == 302


@pytest.mark.parametrize(
    ("setting", "offered"),
    [("open", '<a href="/register/">Make one</a>'), ("invitation", "invite you"), ("closed", "library's desk")],
)
def test_the_sign_in_offers_what_the_library_allows(settings: Any, setting: str, offered: str) -> None:
    settings.REGISTRATION = setting
    text = Client().get("/sign-in/").text

    assert (offered in text, 'href="/register/"' in text) == (True, setting == "open")
    assert 'href="/password/forgotten/"' in text


def test_the_link_of_a_new_invitation_is_shown_once(visit: Visit, librarian: User) -> None:
    client = visit(librarian)
    assert "None. Every invitation" in client.get("/invitations/").text
    answer = client.post("/invitations/", {"role": "member", "group": librarian.group_id, "days": 3})
    [link] = re.findall(r'value="http://testserver(/register/[^/"]+/)"', answer.text)

    assert link not in client.get("/invitations/").text
    assert Client().get(link).status_code == 302


def test_who_may_invite_as_what(visit: Visit, librarian: User, admin: User) -> None:
    offered = {
        user.username: re.findall(r'<option value="([a-z]+)"', visit(user).get("/invitations/").text)
        for user in (librarian, admin)
    }
    answer = visit(librarian).post("/invitations/", {"role": "admin", "group": librarian.group_id, "days": 3})

    assert offered == {"librarian": ["member"], "admin": ["member", "assistant", "librarian", "admin"]}
    assert (answer.status_code, Invitation.objects.count()) == (400, 0)


def test_withdrawing(visit: Visit, librarian: User, admin: User, link: str) -> None:
    theirs = invitations.make(Offer(Role.ADMIN), by=admin, site="")[0].pk
    mine = Invitation.objects.get(role="member").pk
    client = visit(librarian)

    answers = [client.post(f"/invitations/{number}/withdraw/").status_code for number in (theirs, mine, mine)]
    assert answers == [404, 302, 404]
    assert Client().get(link).status_code == 404
    assert visit(admin).get("/invitations/").text.count(">Withdraw</button>") == 1


def test_a_used_invitation_cannot_be_withdrawn(visit: Visit, librarian: User, link: str) -> None:
    client = Client()
    client.get(link)
    client.post("/register/", DORA)
    number = Invitation.objects.get().pk

    assert "was used meanwhile" in visit(librarian).post(f"/invitations/{number}/withdraw/", follow=True).text
    assert Invitation.objects.count() == 1


def test_a_librarian_finds_the_invitations_and_a_member_does_not(visit: Visit, librarian: User, alice: User) -> None:
    found = ['href="/invitations/"' in visit(user).get("/account/").text for user in (librarian, alice)]

    assert found == [True, False]


def test_changing_the_password_keeps_this_page_and_ends_the_rest(visit: Visit, alice: User) -> None:
    here, elsewhere, program = visit(alice), visit(alice), signed_in(alice)
    answer = here.post("/password/", {"old": PASSWORD, "new": NEW}, follow=True)

    assert (answer.status_code, "Your password was changed" in answer.text) == (200, True)
    assert elsewhere.get("/account/").status_code == 302
    assert program.get("/api/users/me/").status_code == 401
    assert Client().login(username="alice", password=NEW) is True


def test_a_wrong_old_password_is_told_at_its_field(visit: Visit, alice: User) -> None:
    answer = visit(alice).post("/password/", {"old": "wrong", "new": NEW})

    assert (answer.status_code, "This is not your password." in answer.text) == (400, True)
    assert 'id="id_old_error"' in answer.text


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_too_many_links_are_told_to_wait(alice: User, email: str) -> None:
    answers = [Client().post("/password/forgotten/", {"email": email}) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert "Too many requests for a link. Try again in 1 minute." in answers[-1].text
    assert 50 < int(answers[-1]["Retry-After"]) <= 60


def test_a_forgotten_password(alice: User, posted: Posted) -> None:
    client, program = Client(), signed_in(alice)
    answer, [mail] = posted(lambda: client.post("/password/forgotten/", {"email": "alice@example.org"}))
    unknown, none = posted(lambda: client.post("/password/forgotten/", {"email": "nobody@example.org"}))
    assert (answer.text.replace("alice@", "nobody@"), none) == (unknown.text, [])

    [address] = re.findall(r"http://testserver(/password/new/\S+)", str(mail.body))
    form = client.get(address)["Location"]
    twice = {"new_password1": NEW, "new_password2": NEW}
    wrong = client.post(form, twice | {"new_password2": "other"})
    done = client.post(form, twice)

    assert (wrong.status_code, done.status_code, done["Location"]) == (200, 302, "/sign-in/")
    assert [client.get(address).status_code, client.get(form).status_code] == [404, 404]
    assert program.get("/api/users/me/").status_code == 401
    assert client.login(username="alice", password=NEW) is True


def test_a_closed_account_gets_no_new_password(alice: User) -> None:
    address = passwords.reset_link(alice, "")
    User.objects.update(is_active=False)

    assert Client().get(address).status_code == 404


def test_changing_the_name(visit: Visit, alice: User, bob: User) -> None:
    client = visit(alice)
    taken = client.post("/account/name/", {"username": "BOB", "password": PASSWORD})
    answer = client.post("/account/name/", {"username": "alicia", "password": PASSWORD}, follow=True)

    assert (taken.status_code, "This username is taken." in taken.text) == (400, True)
    assert ("You sign in as alicia" in answer.text, "BOB" in answer.text) == (True, False)


def test_changing_the_mail_address(visit: Visit, alice: User, posted: Posted) -> None:
    client = visit(alice)
    body = {"email": "new@example.org", "password": PASSWORD}
    answer, mails = posted(lambda: client.post("/account/mail/", body, follow=True))
    assert "A link was mailed to new@example.org" in answer.text
    [address] = re.findall(r"http://testserver(/account/mail/\S+)", "".join(str(mail.body) for mail in mails))

    other = Client()  # the mail may be read anywhere
    page = other.get(other.get(address)["Location"])
    assert "new@example.org" in page.text
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"

    assert other.post("/account/mail/confirm/").status_code == 302
    alice.refresh_from_db()
    assert alice.email == "new@example.org"
    assert other.get(address).status_code == 404


OVER: dict[str, Callable[[User, Any], Any]] = {
    "too late": lambda alice, monkeypatch: monkeypatch.setattr(accounts, "ADDRESS_LINK_SECONDS", -1),
    "the password was changed": lambda alice, _: passwords.set_by_admin(alice, NEW),
    "the account is closed": lambda alice, _: User.objects.update(is_active=False),
    "another address was confirmed": lambda alice, _: User.objects.update(email="other@example.org"),
}


@pytest.mark.parametrize("why", OVER)
def test_a_link_for_a_mail_address_that_is_over(alice: User, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client, address = Client(), accounts.address_link(alice, "new@example.org", "")
    client.get(address)
    OVER[why](alice, monkeypatch)

    assert [client.get(address).status_code, client.post("/account/mail/confirm/").status_code] == [404, 404]
    assert User.objects.filter(email="new@example.org").exists() is False


def test_a_link_for_a_mail_address_is_no_other_token(alice: User) -> None:
    uid, token = passwords.reset_link(alice, "").split("/")[-3:-1]

    assert [Client().get(f"/account/mail/{word}/").status_code for word in (uid, token, "a:b:c")] == [404, 404, 404]
