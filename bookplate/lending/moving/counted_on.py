"""What of an import somebody counts on though no row of theirs names it, so that it is not taken back as a whole."""

from collections.abc import Collection, Iterator

from django.db.models import Prefetch

from bookplate.catalog.importing.undo import Numbers
from bookplate.catalog.models import Copy, State
from bookplate.core.many import among
from bookplate.lending.models import Hold
from bookplate.people.models import Member


def why_not(going: Numbers, made: Numbers) -> Iterator[str]:
    """See `undo.unless`."""
    yield from _waiting(going.get("catalog.copy", ()), made.get("catalog.copy", ()))
    yield from _with_account(going.get("people.member", ()))


def _waiting(going: Collection[int], made: Collection[int]) -> Iterator[str]:
    """Whoever waits for any of the library's copies, and would have none left to wait for."""
    there = Copy.objects.of_library().exclude(state=State.WITHDRAWN)
    of_these = there.filter(pk__in=among(going)).values("book")
    waits = Hold.objects.waiting().filter(wanted__isnull=True, book__in=of_these)
    holds = list(waits.select_related("book", "member").prefetch_related(Prefetch("book__copies", there)))
    gone = set(made) if holds else set[int]()
    for hold in holds:
        if all(copy.pk in gone for copy in hold.book.copies.all()):
            yield f"{hold.member} waits for “{hold.book.title}”, and the library would have no copy of it."


def _with_account(going: Collection[int]) -> Iterator[str]:
    for member in Member.objects.filter(pk__in=among(going), user__isnull=False).select_related("user"):
        yield f"The card {member.card} belongs to the account {member.user} by now."
