"""The one order in which lending locks rows: book, copy, member.

One order for everyone, so that no two desks wait for each other. (SQLite ignores row locks; there
the IMMEDIATE transaction lets one writer in at a time.)
"""

from bookplate.catalog.models import Book, Copy
from bookplate.people.models import Member


def lock_copy(copy: Copy) -> Copy:
    book = Book.objects.select_for_update().get(pk=copy.book_id)
    locked = Copy.objects.select_for_update().get(pk=copy.pk)
    locked.book = book
    return locked


def lock_copy_and_member(copy: Copy, member: Member) -> tuple[Copy, Member]:
    return lock_copy(copy), Member.objects.select_for_update().get(pk=member.pk)
