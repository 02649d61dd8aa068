"""What happens in lending, for the catalogue of events (`core.events`)."""

from bookplate.catalog.kinds import OF_COPY
from bookplate.core.events import Kind
from bookplate.core.models import Audience

STAFF, USER = (Audience.STAFF,), (Audience.USER,)
# For the desk; of a request, for the copy's owner, be it a group.
KEEPER = (Audience.STAFF, Audience.USER, Audience.GROUP)
ASKER = (Audience.USER, Audience.STAFF)
HOLD = ("book", "member", "note")


def _of_loan(type: str, did: str) -> Kind:
    """Whoever has the copy hears of it, whatever becomes of their right to see it."""
    return Kind(type, did, OF_COPY, ("book", "copy", "member"), tells_member=True)


def _of_hold(type: str, did: str) -> Kind:
    """Whoever waits hears of it, too."""
    return Kind(type, did, KEEPER, HOLD, tells_member=True)


KINDS = [
    Kind("book.merged", "made two books one", (Audience.PUBLIC,), ("book", "note")),
    Kind("book.parted", "made one book two again", (Audience.PUBLIC,), ("book", "note")),
    _of_loan("loan.opened", "lent a copy"),
    _of_loan("loan.closed", "took a copy back"),
    _of_loan("loan.renewed", "renewed a loan"),
    _of_loan("loan.undone", "undid a loan"),
    _of_loan("loan.reopened", "undid a return"),
    _of_hold("hold.placed", "placed a hold"),
    _of_hold("hold.cancelled", "cancelled a hold"),
    _of_hold("hold.expired", "ended a hold that was not fetched"),
    _of_hold("hold.ready", "set a copy aside for a hold"),
    _of_hold("hold.waiting", "took what was ready back, and the hold is in its queue again"),
    _of_hold("hold.suspended", "suspended a hold"),
    _of_hold("hold.resumed", "ended a hold's suspension"),
    _of_hold("hold.moved", "moved a hold in its queue"),
    Kind("hold.shifted", "changed somebody else's place in the queue", USER, ("book",), private=True),
    Kind("hold.accepted", "accepted a request for a copy", ASKER, HOLD),
    Kind("hold.refused", "refused a request for a copy", ASKER, HOLD),
    _of_loan("copy.found", "found a copy again"),
    _of_loan("copy.lost", "said that a copy is lost"),
    _of_loan("copy.damaged", "said that a copy is damaged"),
    _of_loan("copy.withdrawn", "withdrew a copy"),
    Kind("copy.repaired", "put the state of a copy right", STAFF, ("book", "copy", "note")),
    Kind("policy.changed", "changed what the library allows", STAFF, ("note",)),
    Kind("reminders.chosen", "chose which reminders they get", USER),
]
