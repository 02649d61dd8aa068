"""The one order in which lending locks rows: book, copy, member.

One order for everyone, so that no two desks wait for each other. (SQLite ignores row locks; there
the IMMEDIATE transaction lets one writer in at a time.) Each raises `RemovedMeanwhile`.
"""

from collections.abc import Collection

from bookplate.catalog.models import Book, Copy, CopyQuerySet
from bookplate.core.errors import RemovedMeanwhile
from bookplate.lending.models import Loan
from bookplate.people.models import Member
from bookplate.people.statements import Prepared, Slot

# PostgreSQL locks the rows in the order in which they are named here.
_COPY = Prepared(
    lambda: (
        Copy.objects.select_related("book")
        .select_for_update(of=("book", "self"))
        .filter(pk=Slot("copy", Copy._meta.pk))
    )
)
_MEMBER = Prepared(
    lambda: (
        Member.objects.select_related("user__group__terms")
        .select_for_update(of=("self",))
        .filter(pk=Slot("member", Member._meta.pk))
    )
)
_LOAN = Prepared(
    lambda: Loan.objects.select_related("member__user__group__terms").filter(pk=Slot("loan", Loan._meta.pk))
)


def lock_copy(copy: Copy) -> Copy:
    """With its book."""
    # Twice, as two books may have become one (`merging`) while this waited for the book that the copy was of.
    now = _COPY.first(copy=copy.pk) or _COPY.first(copy=copy.pk)
    if now is None:
        raise RemovedMeanwhile(f"{copy} was removed meanwhile.")
    return now


def lock_copies(copies: CopyQuerySet) -> list[Copy]:
    """Many at once, each with its book."""
    books = Book.objects.select_for_update().filter(pk__in=copies.order_by().values("book")).order_by("pk")
    by_number = {book.pk: book for book in books}
    found = list(copies.filter(book__in=list(by_number)).select_for_update(of=("self",)).order_by("pk"))
    for copy in found:
        copy.book = by_number[copy.book_id]
    return found


def lock_members(cards: Collection[str]) -> list[Member]:
    return list(Member.objects.select_for_update().filter(card__in=cards).order_by("pk"))


def lock_copy_and_member(copy: Copy, member: Member) -> tuple[Copy, Member]:
    return lock_copy(copy), lock_member(member)


def lock_member(member: Member) -> Member:
    """With the terms of their group."""
    now = _MEMBER.first(member=member.pk)
    if now is None:
        raise RemovedMeanwhile(f"{member}'s card was removed meanwhile.")
    return now


def lock_loan(loan: Loan) -> tuple[Loan, Copy]:
    """The loan as it is now, and its copy, which is what is locked."""
    copy = lock_copy(loan.copy)
    now = _LOAN.first(loan=loan.pk)
    if now is None:
        raise RemovedMeanwhile(f"The loan of “{copy.book.title}” was undone meanwhile.")
    now.copy = copy
    return now, copy
