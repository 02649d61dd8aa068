"""A copy changes hands only while nobody counts on whose it is: a loan and a hold follow its owner's rules."""

from bookplate.catalog.models import Copy
from bookplate.core.errors import StillUsed
from bookplate.lending.models import Hold
from bookplate.lending.policy import CopyOnLoan


def refuse_while_promised(copy: Copy) -> None:
    """Raises `CopyOnLoan` or `StillUsed`. The caller has locked `copy`, as whoever lends it or asks for it has to."""
    if copy.loans.open().exists():
        raise CopyOnLoan(f"“{copy.book.title}” ({copy.barcode}) is on loan. Take it back before its owner changes.")
    if waiting := Hold.objects.active().about(copy).count():
        who = "Somebody waits" if waiting == 1 else f"{waiting} people wait"
        raise StillUsed(
            f"{who} for this very copy of “{copy.book.title}” ({copy.barcode}). "
            "Lend it to them or cancel their holds before its owner changes."
        )
