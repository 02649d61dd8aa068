"""Barcodes to print before there are copies for them: a roll for those who catalogue."""

from django.db import transaction

from bookplate.catalog.labels.models import BarcodeRun, barcode
from bookplate.catalog.models import Copy
from bookplate.core.models import alone
from bookplate.people.models import User

AT_MOST = 2000
RUN_LOCK = 0xB00F


@transaction.atomic
def make(count: int, by: User) -> BarcodeRun:
    """The next `count` (at most `AT_MOST`) numbers that neither a copy nor another run has."""
    alone(RUN_LOCK)
    newest = BarcodeRun.objects.first()
    first = newest.last + 1 if newest else 1
    looked = count
    while taken := _last_taken(first, looked):
        # A library that came from another Bookplate has all numbers of its runs: go on in larger steps.
        first, looked = taken + 1, min(2 * looked, AT_MOST)
    return BarcodeRun.objects.create(first=first, count=count, by=by)


def _last_taken(first: int, count: int) -> int | None:
    """The highest of the numbers that a copy has already, such as one from another system."""
    numbers = {barcode(number): number for number in range(first, first + count)}
    taken = Copy.objects.filter(barcode__in=numbers).values_list("barcode", flat=True)
    return max((numbers[text] for text in taken), default=None)
