"""The one order in which lending locks rows: book, copy, member.

One order for everyone, so that no two desks wait for each other. (SQLite ignores row locks; there
the IMMEDIATE transaction lets one writer in at a time.) Each raises `RemovedMeanwhile`.
"""

from bookplate.catalog.models import Copy
from bookplate.core.errors import RemovedMeanwhile
from bookplate.core.models import locked
from bookplate.lending.models import Loan
from bookplate.people.models import Member


def lock_copy(copy: Copy) -> Copy:
    book = locked(copy.book)
    copy = locked(copy)
    copy.book = book
    return copy


def lock_copy_and_member(copy: Copy, member: Member) -> tuple[Copy, Member]:
    return lock_copy(copy), lock_member(member)


def lock_member(member: Member) -> Member:
    """With the terms of their group."""
    with_terms = Member.objects.select_related("user__group__terms")
    now = with_terms.select_for_update(of=("self",)).filter(pk=member.pk).first()
    if now is None:
        raise RemovedMeanwhile(f"{member}'s card was removed meanwhile.")
    return now


def lock_loan(loan: Loan) -> tuple[Loan, Copy]:
    """The loan as it is now, and its copy, which is what is locked."""
    copy = lock_copy(loan.copy)
    now = Loan.objects.with_terms().filter(pk=loan.pk).first()
    if now is None:
        raise RemovedMeanwhile(f"The loan of “{copy.book.title}” was undone meanwhile.")
    return now, copy
