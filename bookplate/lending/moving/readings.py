"""Which comes first in dates such as 03/04/2026, where whoever brings a list in knows it."""

from collections.abc import Callable
from dataclasses import replace

from bookplate.catalog.importing import readers
from bookplate.catalog.importing.models import Import, State
from bookplate.catalog.importing.readers.packed import PACKED
from bookplate.catalog.importing.records import Reader
from bookplate.lending.moving.dates import Order
from bookplate.lending.moving.readers import LISTS, PeopleList

_ORDERS = (Order.DAY_FIRST, Order.MONTH_FIRST)
# The same lists, never told from their content; and what may be one of them, once it is unpacked.
CHOSEN: tuple[Reader, ...] = (
    *(replace(one, name=f"{one.name}-{order.value}", order=order) for one in LISTS for order in _ORDERS),
    *(replace(PACKED, name=f"{PACKED.name}-{order.value}") for order in _ORDERS),
)
_NAMES = {PACKED.name, *(one.name for one in LISTS)}
_FIRST = {Order.DAY_FIRST: "the day", Order.MONTH_FIRST: "the month"}
Queue = Callable[[int], object]


def chosen(order: Order, queue: Queue) -> Queue:
    """`queue`, told of an import once its dates are to be read in this order; lists of books stay as they are."""

    def choose(number: int) -> object:
        job = Import.objects.get(pk=number)
        if job.format in _NAMES:
            Import.objects.filter(pk=number).update(format=f"{job.format}-{order.value}")
        return queue(number)

    return choose if order in _FIRST else queue


def told(job: Import) -> str:
    """How the dates of a list that is done were read, as far as there was something to decide."""
    reader = readers.named(job.format)
    if not isinstance(reader, PeopleList) or job.state != State.DONE or not job.has_file:
        return ""
    first = _FIRST.get(reader.order_in(job.original))
    why = "as was chosen" if reader.order else "as other dates of the file tell"
    return f"Dates such as 03/04/2026 were read with {first} first, {why}." if first else ""
