"""What happens in lending, for the catalogue of events (`core.events`)."""

from bookplate.catalog.kinds import OF_COPY
from bookplate.core.events import Kind
from bookplate.core.models import Audience

STAFF, USER = (Audience.STAFF,), (Audience.USER,)
# For the desk; of a request, for the copy's owner, be it a group.
KEEPER = (Audience.STAFF, Audience.USER, Audience.GROUP)
ASKER = (Audience.USER, Audience.STAFF)
LOAN = ("book", "copy", "member")
HOLD = ("book", "member", "note")

KINDS = [
    Kind("book.merged", "made two books one", (Audience.PUBLIC,), ("book", "note")),
    Kind("book.parted", "made one book two again", (Audience.PUBLIC,), ("book", "note")),
    Kind("loan.opened", "lent a copy", OF_COPY, LOAN),
    Kind("loan.closed", "took a copy back", OF_COPY, LOAN),
    Kind("loan.renewed", "renewed a loan", OF_COPY, LOAN),
    Kind("loan.undone", "undid a loan", OF_COPY, LOAN),
    Kind("loan.reopened", "undid a return", OF_COPY, LOAN),
    Kind("hold.placed", "placed a hold", KEEPER, HOLD),
    Kind("hold.cancelled", "cancelled a hold", KEEPER, HOLD),
    Kind("hold.expired", "ended a hold that was not fetched", KEEPER, HOLD),
    Kind("hold.ready", "put a copy on the holds shelf", KEEPER, HOLD),
    Kind("hold.suspended", "suspended a hold", KEEPER, HOLD),
    Kind("hold.resumed", "ended a hold's suspension", KEEPER, HOLD),
    Kind("hold.moved", "moved a hold in its queue", KEEPER, HOLD),
    Kind("hold.accepted", "accepted a request for a copy", ASKER, HOLD),
    Kind("hold.refused", "refused a request for a copy", ASKER, HOLD),
    Kind("copy.found", "found a copy again", OF_COPY, LOAN),
    Kind("copy.lost", "said that a copy is lost", OF_COPY, LOAN),
    Kind("copy.damaged", "said that a copy is damaged", OF_COPY, LOAN),
    Kind("copy.withdrawn", "withdrew a copy", OF_COPY, LOAN),
    Kind("copy.repaired", "put the state of a copy right", STAFF, ("book", "copy", "note")),
    Kind("policy.changed", "changed what the library allows", STAFF, ("note",)),
    Kind("reminders.chosen", "chose which reminders they get", USER),
]
