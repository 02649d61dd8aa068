"""The number of queries of a page does not depend on the number of rows (G37)."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookplate.catalog.duplicates import dismissals
from bookplate.catalog.importing import intake
from bookplate.catalog.importing.models import Import, ImportFailure
from bookplate.catalog.labels import runs
from bookplate.catalog.labels.models import LabelSheet
from bookplate.catalog.metadata.models import Filling
from bookplate.catalog.models import Book, Copy
from bookplate.feed import webhooks
from bookplate.feed.models import Webhook
from bookplate.lending import checkout, holds, merging, requests
from bookplate.lending.models import Reason, Reminder
from bookplate.people import invitations, scripts
from bookplate.people.invitations import Offer
from bookplate.people.models import Group, Member, Session, User
from tests.cast import undone

Visit = Callable[[User | None], Client]


@pytest.fixture
def add_rows(alice: User, bob: User, assistant: User, admin: User, book: Book) -> Callable[[int], None]:
    """More of everything that any page lists."""

    def add_rows(number: int) -> None:
        other = Book.objects.create(title=f"Another {number}")
        copies = [Copy.objects.create(book=book, owner=bob), Copy.objects.create(book=other)]
        for copy in [Copy.objects.create(book=book), *copies]:
            checkout.check_out(copy, alice.member, by=assistant)
        holds.place(other, bob.member)
        holds.place(other, admin.member)
        LabelSheet.objects.create(name=f"Sheet {number}", columns=2, rows=4, width=90, height=60, left=10, top=10)
        runs.make(number, admin)
        shelved = Copy.objects.create(book=Book.objects.create(title=f"Held {number}"))
        for who in (bob, alice):
            holds.place(shelved.book, who.member)
        reminded = holds.set_aside(shelved)
        told = {"until": timezone.now(), "day": timezone.localdate(), "reason": Reason.READY}
        Reminder.objects.create(hold=reminded, **told)
        Reminder.objects.create(loan=other.copies.get().loans.get(), **told)
        for owner, asker in ((alice, bob), (bob, admin), (admin, alice)):
            mine = Copy.objects.create(book=book, owner=owner, visibility="everyone")
            requests.ask(mine, asker.member)
        User.objects.create(username=f"user{number}", group=Group.objects.create(name=f"Group {number}"))
        for user in (alice, bob, admin):
            scripts.make(user, "door", ["read"], 30)
        hook, _ = webhooks.add(admin, "https://hooks.invalid/")
        for position in range(number):
            first_hook().deliveries.create(event=hook.upto + position + 10 * number, type="book.added")
        Session.objects.bulk_create([Session(user=user, device="Firefox") for user in (alice, bob, admin)])
        Member.objects.create(firstname="Somebody", card=f"S{number}")
        invitations.make(Offer(group=Group.objects.create(name=f"Circle {number}")), by=admin, site="")
        for who in (alice, bob, admin):
            friend, asks, asked, blocked = (User.objects.create(username=f"{name}{number}-{who}") for name in "abcd")
            who.friends.add(friend)
            who.requests_made.create(asked=asked)
            who.requests_got.create(asker=asks)
            who.blocks.create(whom=blocked)
        Filling.objects.create(state="done", by=admin, done=number)
        twins = [Book.objects.create(title=f"{number} twins") for _ in range(4)]
        merging.merge(twins[0], twins[1])
        dismissals.dismiss(twins[0], twins[2])
        Import.objects.create(name="list.csv", format="csv", size=1, by=admin, read=1, failed=1)
        for position in range(number):
            ImportFailure.objects.create(job=first_job(), position=position + 10 * number, offset=0, content=b"")

    return add_rows


def first_job() -> Import:
    return Import.objects.order_by("id")[0]


def _asking(by: User, rows: int) -> Import:
    """A list that waits for somebody to say what its columns are."""
    return intake.receive(BytesIO(b"Werk,Wer\n" + b"Emma,Austen\n" * rows), "list.csv", by=by, ask=True)


def _user() -> int:
    return int(User.objects.order_by("pk")[0].pk)


def first_hook() -> Webhook:
    return Webhook.objects.order_by("pk")[0]


def _held() -> int:
    return int(Book.objects.filter(title__startswith="Held").order_by("pk")[0].pk)


def _all_books() -> str:
    return ",".join(str(number) for number in Book.objects.values_list("pk", flat=True))


def _alices_card() -> int:
    return Member.objects.get(card="card-alice").pk


def _people() -> dict[str, int | None]:
    bob = User.objects.get(username="bob")
    return {"bob": bob.pk, "group": bob.group_id}


PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "catalogue": ("/", {}),
    "catalogue, a search": ("/?search=book", {}),
    "suggestions": ("/suggestions/?search=boo", {}),
    "notices": ("/notices/", {}),
    "events": ("/events/", {}),
    "cards": ("/cards/?books={books}", {}),
    "book": ("/books/{book}/", {}),
    "my loans": ("/my/loans/", {}),
    "my shelf": ("/my/shelf/", {}),
    "holds shelf": ("/desk/holds/", {}),
    "reminders": ("/desk/reminders/", {}),
    "queue": ("/books/{other}/queue/", {}),
    "sign-ins": ("/account/sign-ins/", {}),
    "accounts": ("/accounts/", {}),
    "an account": ("/accounts/{user}/", {}),
    "tokens": ("/account/tokens/", {}),
    "webhooks": ("/account/webhooks/", {}),
    "webhook": ("/account/webhooks/{webhook}/", {}),
    "privacy": ("/account/privacy/", {}),
    "audit": ("/audit/", {}),
    "people": ("/people/", {}),
    "person": ("/people/{bob}/", {}),
    "group": ("/groups/{group}/", {}),
    "desk, a member": ("/desk/", {"entry": "card-alice"}),
    "desk, names": ("/desk/", {"entry": "somebody"}),
    "invitations": ("/invitations/", {}),
    "members": ("/members/", {}),
    "members, a search": ("/members/?search=a", {}),
    "member": ("/members/{member}/", {}),
    "member cards": ("/members/cards.pdf", {}),
    "my card": ("/account/card/", {}),
    "policy": ("/policy/", {}),
    "labels": ("/labels/", {}),
    "labels of copies": ("/labels/", {"kind": "barcode", "sheet": "a4-21", "first": "1", "since": "2020-01-01"}),
    "fillings": ("/fillings/", {}),
    "duplicates": ("/duplicates/", {}),
    "what was merged": ("/merges/", {}),
    "imports": ("/imports/", {}),
    "import": ("/imports/{job}/", {}),
    "columns of a list": ("/imports/{asking}/columns/?title=1&author=2", {}),
}


@pytest.mark.parametrize("who", ["alice", "bob", "admin"])
def test_as_many_queries_with_three_rows_as_with_one(
    who: str, visit: Visit, add_rows: Callable[[int], None], book: Book, admin: User, request: pytest.FixtureRequest
) -> None:
    client = visit(request.getfixturevalue(who))

    def queries(page: str) -> int:
        address, values = PAGES[page]
        numbers = {"user": _user(), "webhook": first_hook().pk, "member": _alices_card(), **_people()}
        numbers["asking"] = asking.pk
        address = address.format(book=book.pk, other=_held(), job=first_job().pk, books=_all_books(), **numbers)
        with undone(), CaptureQueriesContext(connection) as captured:
            client.post(address, values) if values else client.get(address)
        return len(captured)

    asking = _asking(admin, rows=1)
    add_rows(1)
    one = {page: queries(page) for page in PAGES}
    add_rows(2)
    add_rows(3)
    asking = _asking(admin, rows=3)

    assert {page: queries(page) for page in PAGES} == one
