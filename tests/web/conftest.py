from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bookplate.catalog import covers
from bookplate.catalog.duplicates import dismissals
from bookplate.catalog.importing import intake, pipeline
from bookplate.catalog.importing.models import Import
from bookplate.catalog.labels.models import LabelSheet
from bookplate.catalog.metadata.models import Filling
from bookplate.catalog.models import Book, Copy
from bookplate.feed import webhooks
from bookplate.lending import checkout, holds, merging, renewals, requests
from bookplate.lending.models import Loan
from bookplate.people import accounts, invitations, passwords, scripts
from bookplate.people.invitations import Offer
from bookplate.people.models import Member, Session, User
from tests.servers import BookplateServer
from tests.upstream import picture

LIST = b"title,author,isbn\nGood,Somebody,\nBad,Somebody,123\n"


@pytest.fixture
def visit() -> Callable[[User | None], Client]:
    """Somebody's browser; `None` is nobody's."""

    def visit(user: User | None) -> Client:
        client = Client()
        if user:
            client.force_login(user)
        return client

    return visit


@pytest.fixture
def loan(copy: Copy, alice: User, assistant: User) -> Loan:
    return checkout.check_out(copy, alice.member, by=assistant)


@pytest.fixture
def spare(db: None) -> Book:
    """A book with one copy that was never lent."""
    book = Book.objects.create(title="Persuasion", author="Jane Austen", language="en")
    Copy.objects.create(book=book, barcode="B2")
    return book


@pytest.fixture
def job(librarian: User, settings: Any, tmp_path: Path) -> Import:
    """A file that was brought in, with one good row and one that failed."""
    settings.MEDIA_ROOT = tmp_path
    job = intake.receive(BytesIO(LIST), "list.csv", by=librarian)
    pipeline.run(job)
    job.refresh_from_db()
    return job


@pytest.fixture
def waits(alice: User, bob: User, carol: User) -> dict[str, int]:
    """Alice waits for a book; another is set aside for her; bob asks her for one of hers; carol has one to ask for."""
    copies = [
        Copy.objects.create(book=Book.objects.create(title=title), barcode=title) for title in ("Emma", "Lady Susan")
    ]
    waiting, ready = (holds.place(copy.book, alice.member).pk for copy in copies)
    holds.set_aside(copies[1])
    own, asked = (
        Copy.objects.create(book=copies[0].book, owner=user, visibility="everyone") for user in (alice, carol)
    )
    request = requests.ask(own, bob.member).pk
    numbers = dict.fromkeys(["cancel-hold", "suspend-hold", "move-hold"], waiting)
    numbers |= {"slip": ready, "answer-hold": request, "hand-over": request, "ask": asked.pk}
    return numbers


@pytest.fixture
def twins(db: None) -> dict[str, str]:
    """Pages about two books that may be one, two that are none, and two that became one."""
    books = [Book.objects.create(title="Sanditon", author=author) for author in ("", "Jane Austen", *"ABCD")]
    numbers = [book.pk for book in books[:2]]
    one = {name: reverse(f"web:{name}", args=numbers) for name in ("compare", "dismiss")}
    apart, merged = dismissals.dismiss(*books[2:4]), merging.merge(books[4], books[5])
    again = reverse("web:show-again", args=[apart.pk])
    return one | {"show-again": again, "undo-merge": reverse("web:undo-merge", args=[merged.pk])}


@pytest.fixture
def addresses(
    loan: Loan,
    spare: Book,
    job: Import,
    alice: User,
    carol: User,
    librarian: User,
    waits: dict[str, int],
    twins: dict[str, str],
) -> dict[str, str]:
    """An example address of every page by its name."""
    copy = spare.copies.get()
    hook, _ = webhooks.add(librarian, "https://hooks.invalid/")
    hook.deliveries.create(event=hook.upto, type="book.added")
    invitation, link = invitations.make(Offer(), by=librarian, site="")
    dora = Member.objects.create(firstname="Dora", lastname="Ek", card="D1", notes="Owes a cake")
    numbers: dict[str, int] = {
        "book": spare.pk,
        "edit-book": spare.pk,
        "remove-book": spare.pk,
        "add-copy": spare.pk,
        "add-own-copy": spare.pk,
        "edit-copy": copy.pk,
        "remove-copy": copy.pk,
        "condition": copy.pk,
        "renew": loan.pk,
        "give-back": loan.pk,
        "reserve": spare.pk,
        "queue": spare.pk,
        **waits,
        "end-sign-in": Session.objects.create(user=alice, device="Firefox on Linux").pk,
        "end-script-token": scripts.make(alice, "door", ["read"], 1)[0].pk,
        "member": dora.pk,
        "edit-member": dora.pk,
        "remove-member": dora.pk,
        "make-code": dora.pk,
        "withdraw-code": dora.pk,
        "unlink-member": dora.pk,
        "person": alice.pk,
        "person-do": alice.pk,
        "group": alice.group_id,
        "group-terms": alice.group_id,
        "import": job.pk,
        "cancel-filling": Filling.objects.create().pk,
        "account-of": alice.pk,
        "close-account": alice.pk,
        "reopen-account": alice.pk,
        "account-sign-out": alice.pk,
        "import-failed": job.pk,
        "import-reasons": job.pk,
        "cancel-import": job.pk,
        "undo-import": job.pk,
        "import-columns": intake.receive(BytesIO(b"Werk,Wer\nEmma,Austen\n"), "l.csv", by=librarian, ask=True).pk,
        "withdraw-invitation": invitation.pk,
        **dict.fromkeys(["webhook", "resume-webhook", "remove-webhook"], hook.pk),
    }
    sheet = LabelSheet.objects.create(name="Ours", columns=2, rows=4, width=90, height=60, left=10, top=10)
    numbers |= {"edit-sheet": sheet.pk, "remove-sheet": sheet.pk}
    with_secrets = twins | {
        "export": reverse("web:export", args=["csv"]),
        "copy": reverse("web:copy", args=[copy.barcode]),
        "cover": reverse("web:cover", args=[covers.keep(picture()), "small"]),
        "day-list": reverse("web:day-list", args=["overdue"]),
        "day-list-csv": reverse("web:day-list-csv", args=["overdue"]),
        "invited": link,
        "send-again": reverse("web:send-again", args=[hook.pk, hook.upto]),
        "new-password": passwords.reset_link(carol, ""),
        "renewal-link": renewals.link(loan, ""),
        "address-link": accounts.address_link(carol, "new@example.org", ""),
    }
    plain = [
        "catalogue",
        "cards",
        "events",
        "notices",
        "suggestions",
        "add-book",
        "look-up",
        "my-loans",
        "desk",
        "undo",
        "desk-renew",
        "desk-reserve",
        "desk-condition",
        "duplicates",
        "merges",
        "imports",
        "sign-in",
        "sign-out",
    ]
    plain += ["privacy", "privacy-data", "audit", "policy", "fillings", "shelf", "holds-shelf"]
    plain += ["webhooks", "script-tokens", "accounts", "account", "sign-ins", "end-other-sign-ins"]
    plain += ["account-name", "account-mail", "confirm-address", "password", "forgotten-password", "register"]
    plain += ["invitations", "reminders", "reminder-choice", "renewal"]
    plain += ["members", "member-cards", "add-member", "my-card"]
    plain += ["people", "profile", "labels", "make-run", "add-sheet"]
    found = {name: reverse(f"web:{name}", args=[number]) for name, number in numbers.items()}
    return found | with_secrets | {name: reverse(f"web:{name}") for name in plain}


def htmx(target: str = "", **more: str) -> dict[str, Any]:
    """The headers that htmx sends."""
    return {"headers": {"HX-Request": "true", "HX-Target": target, **more}}


@pytest.fixture(scope="session")
def demo_server() -> Iterator[BookplateServer]:
    """The demo library in a process of its own; what a test borrows it gives back."""
    with BookplateServer(demo=True, env={"BOOKPLATE_REGISTRATION": "open"}) as server:
        yield server
