"""Lists of members, loans and holds as other systems write them, brought in as any list."""

from datetime import date

import pytest
from django.utils import timezone

from bookplate.catalog.models import Book, Copy
from bookplate.lending.models import Hold, Loan
from bookplate.people.models import Member
from tests.catalog.importing.conftest import bring, receive, uploads

__all__ = ["bring", "receive", "uploads"]


@pytest.fixture
def shelf(db: None) -> dict[str, Copy]:
    """Three books with a copy each, B1 to B3, and a second one of the first, B9."""
    books = [
        ("Solaris", "Stanisław Lem", "9780156027601"),
        ("Emma", "Jane Austen", None),
        ("Dune", "Frank Herbert", None),
    ]
    made = [Book.objects.create(title=title, author=author, isbn=isbn) for title, author, isbn in books]
    copies = [Copy(book=book, barcode=f"B{n}") for n, book in enumerate(made, 1)]
    Copy.objects.bulk_create([*copies, Copy(book=made[0], barcode="B9")])
    return {copy.barcode: copy for copy in Copy.objects.select_related("book")}


@pytest.fixture
def cards(db: None) -> dict[str, Member]:
    """Ann, Ben and Cleo have the cards 1, 2 and 3."""
    for card, name in enumerate(("Ann", "Ben", "Cleo"), 1):
        Member.objects.create(firstname=name, lastname="Example", card=str(card))
    return {member.card: member for member in Member.objects.all()}


def members() -> list[tuple[str, str, str, date | None, str]]:
    fields = ("card", "firstname", "lastname", "expires_on", "notes")
    return list(Member.objects.order_by("id").values_list(*fields))


def loans() -> list[tuple[str, str, str, str, int]]:
    """Barcode, card, lent and due day, renewals."""
    return [
        (
            loan.copy.barcode,
            loan.member.card if loan.member else "",
            timezone.localtime(loan.lent_at).date().isoformat(),
            timezone.localtime(loan.due_at).isoformat()[:19],
            loan.renewals,
        )
        for loan in Loan.objects.open().select_related("copy", "member").order_by("id")
    ]


def queue(title: str) -> list[str]:
    """The cards of those who wait, the first in line first."""
    return list(Hold.objects.waiting().filter(book__title=title).values_list("member__card", flat=True))


def states() -> dict[str, str]:
    return dict(Copy.objects.order_by("barcode").values_list("barcode", "state"))
