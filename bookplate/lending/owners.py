"""When a copy leaves its owner, or the library for good.

It changes hands only while nobody counts on whose it is: a loan and a hold follow its owner's rules. Who waits for any
of the library's copies does not hinder it; when that was the last, their wait ends, and they are told.
"""

from bookplate.catalog.models import Copy
from bookplate.core.errors import StillUsed
from bookplate.core.events import Note
from bookplate.lending import conditions
from bookplate.lending.models import Hold
from bookplate.lending.policy import CopyOnLoan

NO_OTHER = "The library has no copy of it any more."


def change(copy: Copy) -> list[Note]:
    """Of the locked `copy`, to another owner; raises `CopyOnLoan` or `StillUsed`."""
    _refuse_while_promised(copy)
    return remove(copy)


def remove(copy: Copy) -> list[Note]:
    """Of the locked `copy`, from the library's or somebody's shelf."""
    return conditions.end_holds(copy, NO_OTHER)


def _refuse_while_promised(copy: Copy) -> None:
    if copy.loans.open().exists():
        raise CopyOnLoan(f"“{copy.book.title}” ({copy.barcode}) is on loan. Take it back before its owner changes.")
    if waiting := Hold.objects.active().about(copy).count():
        who = "Somebody waits" if waiting == 1 else f"{waiting} people wait"
        raise StillUsed(
            f"{who} for this very copy of “{copy.book.title}” ({copy.barcode}). "
            "Lend it to them or cancel their holds before its owner changes."
        )
