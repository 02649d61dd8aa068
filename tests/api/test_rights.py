"""The table of rights (tests/rights.py), asked over HTTP."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from bookplate.catalog import covers
from bookplate.catalog.duplicates import dismissals
from bookplate.catalog.importing import intake, pipeline
from bookplate.catalog.metadata.models import Answer, Filling
from bookplate.catalog.models import Book, Copy
from bookplate.feed import webhooks
from bookplate.lending import checkout, holds, merging
from bookplate.people import friends, invitations, members, passwords, scripts, sessions
from bookplate.people.invitations import Offer
from bookplate.people.models import Group, Member, Profile, User
from bookplate.people.roles import Role
from tests.cast import PASSWORD, signed_in, undone
from tests.rights import ACCOUNT_VIEWERS, ACCOUNTS, COPIES_OF_A_PERSON, COPIES_OF_THE_LIBRARY, OPERATIONS, VIEWERS, WHO
from tests.upstream import DUNE, picture

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "three words of a sentence"


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def people(make_user: Any) -> dict[str, User]:
    roles = {
        "alice": Role.MEMBER,
        "bob": Role.MEMBER,
        "friend": Role.MEMBER,
        "mate": Role.MEMBER,
        "carol": Role.MEMBER,
        "assistant": Role.ASSISTANT,
        "librarian": Role.LIBRARIAN,
        "admin": Role.ADMIN,
    }
    elsewhere = dict.fromkeys(["bob", "friend"], "Elsewhere")
    people = {name: make_user(name, role, elsewhere.get(name, "Everyone")) for name, role in roles.items()}
    people["alice"].friends.add(people["friend"])
    Profile.objects.filter(user__username__in=["bob", "carol"]).update(visibility="members")
    return people


@pytest.fixture(autouse=True)
def dune_is_known(db: None, settings: Any) -> None:
    """A look-up has its answer already, so that nobody is asked."""
    settings.METADATA_SOURCES = ["openlibrary"]
    Answer.objects.create(isbn=DUNE, source="openlibrary", values={"title": "Dune"}, asked_at=timezone.now())


def client_of(people: dict[str, User], who: str) -> APIClient:
    return APIClient() if who == "nobody" else signed_in(people[who])


def test_the_table_has_every_operation_of_the_schema(client: Client) -> None:
    paths = client.get("/api/schema/?format=json").json()["paths"]
    operations = {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}

    assert operations == set(OPERATIONS)


@pytest.mark.parametrize("who", WHO)
def test_operation(people: dict[str, User], who: str) -> None:
    column = {operation: answers[WHO.index(who)] for operation, answers in OPERATIONS.items()}

    client = client_of(people, who)

    assert {operation: outcome(client, people, operation, who) for operation in OPERATIONS} == column


def outcome(client: APIClient, people: dict[str, User], operation: str, who: str) -> int:
    """The status that `who` gets, as if nobody had asked before."""
    verb, path = operation.split()
    with undone():
        address, body = prepared(path, verb, people, who)
        kind = {"format": "multipart"} if path == "/api/imports/" and verb == "POST" else {}
        answer = getattr(client, verb.lower())(address, body, **kind)
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
    return int(answer.status_code)


def prepared(path: str, verb: str, people: dict[str, User], who: str) -> tuple[str, Any]:
    """The address with a real id, and a body that would do."""
    if "{kind}" in path:
        return path.replace("{kind}", "csv"), None
    if "{name}" in path:
        return path.replace("{name}", "overdue"), None
    if "{isbn}" in path:
        return path.replace("{isbn}", DUNE), None
    if "sessions" in path:
        return path.replace("{id}", str(people["alice"].sessions.create(refresh_id="x").pk)), None
    if "erasure" in path:
        return path, {"password": PASSWORD}
    if path == "/api/users/me/card/":
        return path, _card(path, verb, people, who)[1]
    if "tokens" in path:
        body = {"name": "door", "scopes": ["read"]}
        return path.replace("{id}", str(scripts.make(people["alice"], **body, days=1)[0].pk)), body  # type: ignore[arg-type]
    if "accounts" in path:
        return path.replace("{id}", str(people["alice"].pk)), {"role": "assistant"}
    prepare = {
        "books": _book,
        "copies": _copy,
        "dismissals": _dismissal,
        "merges": _merge,
        "members": _member,
        "loans": _loan,
        "policy": _policy,
        "checkouts": _stack,
        "returns": _stack,
        "holds": _hold,
        "token": _token,
        "invitations": _invitation,
        "imports": _import,
        "fillings": _filling,
        "register": _register,
        "password-reset": _reset,
        "users": _me,
        "webhooks": _webhook,
    }
    prepare |= {"groups": _group, "friends": _friend, "friend-requests": _request, "blocks": _block}
    if path == "/api/books/{id}/cover/":
        prepare["books"] = _pictured
    if path == "/api/users/{id}/":
        prepare["users"] = _user
    number, body = prepare.get(path.split("/")[2], _nothing)(path, verb, people, who)
    return path.replace("{id}", str(number)), (None if verb == "GET" else body)


def _nothing(*_: Any) -> tuple[int, Any]:
    return 0, {}


def _book(*_: Any) -> tuple[int, Any]:
    return Book.objects.create(title="T").pk, {"title": "New", "author": "A"}


def _pictured(*_: Any) -> tuple[int, Any]:
    return Book.objects.create(title="T", cover=covers.keep(picture())).pk, None


def _filling(*_: Any) -> tuple[int, Any]:
    return Filling.objects.create(state="done").pk, {}


def _dismissal(*_: Any) -> tuple[int, Any]:
    books = [Book.objects.create(title="T") for _ in range(4)]
    return dismissals.dismiss(*books[:2]).pk, {"books": [book.pk for book in books[2:]]}


def _merge(*_: Any) -> tuple[int, Any]:
    books = [Book.objects.create(title="T") for _ in range(4)]
    return merging.merge(books[0], books[1]).pk, {"keep": books[2].pk, "merged": books[3].pk}


def _copy(*_: Any) -> tuple[int, Any]:
    copy = Copy.objects.create(book=Book.objects.create(title="T"))
    return copy.pk, {"book": copy.book_id, "barcode": "new", "condition": "lost"}


def _webhook(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    """The librarian's."""
    webhook, _ = webhooks.add(people["librarian"], "https://example.org/hook")
    event = webhook.deliveries.create(event=webhook.upto + 1, type="book.added").event
    return webhook.pk, {"address": "https://example.org/", "event": event}


def _member(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    number = people["alice"].member.pk
    if verb == "DELETE" or path.endswith("/link-code/"):
        number = Member.objects.create(firstname="Somebody").pk
    return number, {"firstname": "New", "lastname": "Name", "card": "new"}


def _card(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    Member.objects.filter(user=people.get(who)).update(user=None)
    return 0, {"code": members.make_link_code(Member.objects.create(firstname="Somebody"))}


def _loan(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    book = Book.objects.create(title="T")
    loan = checkout.check_out(Copy.objects.create(book=book), people["alice"].member, by=None)
    if (verb, path[-8:]) == ("DELETE", "/return/"):
        checkout.give_back(loan)
    other = Copy.objects.create(book=book)
    return loan.pk, {"copy": other.barcode, "member": people["bob"].member.card}


def _stack(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    return 0, {"copies": ["nosuch"], "member": people["bob"].member.card}


def _hold(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    """Of alice, on a copy that is in; `copy` is of another book."""
    copy, other = (Copy.objects.create(book=Book.objects.create(title=title)) for title in "TU")
    hold = holds.place(copy.book, people["alice"].member)
    if path.endswith("/loan/"):
        holds.set_aside(copy)
    if path.endswith("/shelf/"):
        return 0, {"copy": copy.barcode}
    bodies = {"POST": {"book": other.book_id}, "PATCH": {"suspended_until": "2999-12-31"}}
    return hold.pk, bodies.get(verb, {"accepted": True, "place": 1, "reason": "Exam tomorrow"})


POLICY = {"loan_days": 28, "short_days": 3, "loans_at_once": 5, "renewals": 2, "hold_days": 7}


def _policy(*_: Any) -> tuple[int, Any]:
    return 0, POLICY


def _user(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    return people["alice"].pk, {"info": "I read.", "visibility": "friends"}


def _group(*_: Any) -> tuple[int, Any]:
    return Group.objects.create(name="Household").pk, {"name": "Chess club"}


def _friend(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    people["alice"].friends.add(people["carol"])
    return people["carol"].pk, {}


def _request(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    return friends.ask(people["alice"], "bob").pk, {"username": "carol"}


def _block(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    friends.block(people["alice"], people["bob"])
    return people["bob"].pk, {"username": "carol"}


def _token(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    pair = sessions.open(people["alice"])
    bodies = {
        "/api/token/": {"username": "alice", "password": PASSWORD},
        "/api/token/refresh/": {"refresh": pair.refresh},
        "/api/token/verify/": {"token": pair.access},
        "/api/token/revoke/": {},
    }
    return 0, bodies[path]


def _invitation(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    return invitations.make(Offer(), by=people["librarian"], site="")[0].pk, {"email": "dora@example.org"}


def _import(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    """A list for alice's own shelf, with one row that failed."""
    job = pipeline.run(intake.receive(BytesIO(b"title,isbn\nGood,\nBad,12\n"), "list.csv", by=people["alice"]))
    return job.pk, {"file": SimpleUploadedFile("list.csv", b"title\nSolaris\n")} if path == "/api/imports/" else {}


def _register(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    _, link = invitations.make(Offer(), by=people["librarian"], site="")
    names = {"username": "dora", "firstname": "Dora", "email": "dora@example.org"}
    return 0, names | {"password": NEW_PASSWORD, "invitation": link.split("/")[-2]}


def _reset(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    if not path.endswith("/confirm/"):
        return 0, {"email": "alice@example.org"}
    uid, token = passwords.reset_link(people["alice"], "").split("/")[-3:-1]
    return 0, {"uid": uid, "token": token, "password": NEW_PASSWORD}


def _me(path: str, verb: str, people: dict[str, User], who: str) -> tuple[int, Any]:
    if path.endswith("/password/"):
        return 0, {"old": PASSWORD, "new": NEW_PASSWORD}
    if path.endswith("/reminders/"):
        return 0, {"how": "each"}
    return 0, {"username": "dora", "email": "dora@example.org", "password": PASSWORD}


@pytest.fixture
def viewers(make_user: Any) -> dict[str, APIClient]:
    owner = make_user("owner", group="Household")
    people = {"owner": owner, "mate": make_user("mate", group="Household")}
    people |= {name: make_user(name, group="Elsewhere") for name in ("friend", "other")}
    people |= {role.value: make_user(role.value, role, "Team") for role in (Role.ASSISTANT, Role.LIBRARIAN, Role.ADMIN)}
    owner.friends.add(people["friend"])
    return {"nobody": APIClient()} | {name: signed_in(user) for name, user in people.items()}


@pytest.mark.parametrize(("visibility", "who"), [(shown, who) for shown in ACCOUNTS for who in ACCOUNT_VIEWERS])
def test_seeing_an_account(viewers: dict[str, APIClient], make_user: Any, visibility: str, who: str) -> None:
    """One rule decides single accounts, every list of them, and whom one can ask."""
    owner, blocked = User.objects.get(username="owner"), make_user("blocked", group="Household")
    owner.friends.add(blocked)
    owner.blocks.create(whom=blocked)
    Profile.objects.filter(user=owner).update(visibility=visibility)
    client = viewers[who] if who in viewers else signed_in(blocked)
    status = ACCOUNTS[visibility][ACCOUNT_VIEWERS.index(who)]

    assert client.get(f"/api/users/{owner.pk}/").status_code == status
    if who != "nobody":
        listed = [row["username"] for row in client.get("/api/users/?search=owner").json()]
        assert listed == [name for name in client.get("/api/fbv_list/").json() if name == "owner"]
        assert listed == (["owner"] if status == 200 else [])


CASES = [
    (owned, visibility, who, answers[VIEWERS.index(who)])
    for owned, table in ((True, COPIES_OF_A_PERSON), (False, COPIES_OF_THE_LIBRARY))
    for visibility, answers in table.items()
    for who in VIEWERS
]


@pytest.mark.parametrize(("owned", "visibility", "who", "status"), CASES)
def test_seeing_a_copy(
    viewers: dict[str, APIClient], book: Book, owned: bool, visibility: str, who: str, status: int
) -> None:
    """One rule decides single copies, lists, whether a book is available, and events."""
    owner = User.objects.get(username="owner") if owned else None
    copy = Copy.objects.create(book=book, owner=owner, visibility=visibility)
    client = viewers[who]

    assert client.get(f"/api/copies/{copy.pk}/").status_code == status
    assert [row["id"] for row in client.get("/api/copies/").json()] == ([copy.pk] if status == 200 else [])
    assert len(client.get("/api/books/?available=true").json()) == (1 if status == 200 else 0)


def test_what_is_hidden_answers_as_what_never_was(book: Book, alice: User, carol: User) -> None:
    hidden = Copy.objects.create(book=book, owner=carol, visibility="owner").pk
    client = signed_in(alice)

    for verb in ("get", "put", "patch", "delete", "head"):
        seen = getattr(client, verb)(f"/api/copies/{hidden}/")
        never = getattr(client, verb)("/api/copies/987654/")
        assert (seen.status_code, seen.content) == (never.status_code, never.content) == (404, seen.content)


def test_a_hidden_id_in_a_body_answers_as_an_unknown_one(copy: Copy, alice: User, carol: User, assistant: User) -> None:
    Copy.objects.create(book=copy.book, owner=carol, visibility="owner", barcode="hidden")
    client = signed_in(assistant)
    answers = [client.post("/api/loans/", {"copy": code, "member": alice.member.card}) for code in ("hidden", "nosuch")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json()["errors"]["copy"][0].replace("hidden", "nosuch") == answers[1].json()["errors"]["copy"][0]


def test_a_demoted_librarian_loses_the_right_at_once(librarian: User) -> None:
    client = signed_in(librarian)
    assert client.post("/api/books/", {"title": "T"}).status_code == 201
    User.objects.filter(pk=librarian.pk).update(role=Role.MEMBER)

    assert client.post("/api/books/", {"title": "U"}).status_code == 403


def test_a_closed_catalogue_asks_to_sign_in(settings: Any, copy: Copy, alice: User) -> None:
    settings.PUBLIC_CATALOGUE = False

    for address in ("/api/books/", f"/api/books/{copy.book_id}/", "/api/copies/"):
        assert APIClient().get(address).status_code == 401
        assert signed_in(alice).get(address).status_code == 200
