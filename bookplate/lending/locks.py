"""The one order in which lending locks rows: book, copy, member.

One order for everyone, so that no two desks wait for each other. (SQLite ignores row locks; there
the IMMEDIATE transaction lets one writer in at a time.) Each raises `RemovedMeanwhile`.
"""

from collections.abc import Collection

from bookplate.catalog.copies import lock_copy
from bookplate.catalog.models import Book, Copy, CopyQuerySet
from bookplate.core.errors import RemovedMeanwhile
from bookplate.lending.models import Loan
from bookplate.people.models import Member
from bookplate.people.statements import Prepared, Slot

__all__ = ["lock_copies", "lock_copy", "lock_copy_and_member", "lock_loan", "lock_member", "lock_members"]

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
