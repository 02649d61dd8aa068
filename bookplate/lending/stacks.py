"""A stack of books in one go: one answer for each, and one that cannot be stops none of the others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bookplate.catalog.models import Copy
from bookplate.core.errors import Invalid, Refusal
from bookplate.lending import checkout
from bookplate.lending.models import Hold, Loan
from bookplate.people.models import Member, User


@dataclass(frozen=True)
class Outcome:
    """What became of one book: its loan, or why not; and for whom it is to be set aside."""

    barcode: str
    loan: Loan | None = None
    hold: Hold | None = None
    refusal: Refusal | None = None


def check_out(barcodes: Iterable[str], member: Member, *, by: User) -> list[Outcome]:
    return _each(barcodes, by, lambda copy: Outcome(copy.barcode, checkout.check_out(copy, member, by=by)))


def take_back(barcodes: Iterable[str], *, by: User) -> list[Outcome]:
    return _each(barcodes, by, _take_back)


def _take_back(copy: Copy) -> Outcome:
    loan = checkout.take_back(copy)
    return Outcome(copy.barcode, loan, checkout.held_for(loan.copy))


def _each(barcodes: Iterable[str], by: User, act: Callable[[Copy], Outcome]) -> list[Outcome]:
    wanted = list(barcodes)
    known = Copy.objects.visible_to(by).filter(barcode__in=wanted).select_related("book")
    copies = {copy.barcode: copy for copy in known}
    return [_attempt(barcode, copies.get(barcode), act) for barcode in wanted]


def _attempt(barcode: str, copy: Copy | None, act: Callable[[Copy], Outcome]) -> Outcome:
    if copy is None:
        return Outcome(barcode, refusal=Invalid("copy", f"There is no barcode {barcode}."))
    try:
        return act(copy)
    except Refusal as reason:
        return Outcome(barcode, refusal=reason)
