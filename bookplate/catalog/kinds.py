"""What happens to books and copies, for the catalogue of events (`core.events`)."""

from bookplate.core.events import Kind
from bookplate.core.models import Audience

PUBLIC, STAFF = (Audience.PUBLIC,), (Audience.STAFF,)
# Whatever `Copy.audience` may say.
OF_COPY = tuple(audience for audience in Audience if audience != Audience.ADMINS)
# What a person brings in for their own shelf is theirs to follow.
OF_IMPORT = (Audience.STAFF, Audience.USER)

KINDS = [
    Kind("book.added", "added a book", PUBLIC, ("book",)),
    Kind("book.changed", "changed a book", PUBLIC, ("book",)),
    Kind("book.removed", "removed a book", PUBLIC, ("book",)),
    Kind("copy.added", "added a copy", OF_COPY, ("book", "copy")),
    Kind("copy.changed", "changed a copy", OF_COPY, ("book", "copy")),
    Kind("copy.removed", "removed a copy", OF_COPY, ("book", "copy")),
    Kind("import.added", "brought a file in", OF_IMPORT, ("note",)),
    Kind("import.progressed", "wrote a part of a file that is being brought in", OF_IMPORT),
    Kind("import.finished", "came to the end of a file, or to where it could not go on", OF_IMPORT),
    Kind("import.cancelled", "stopped bringing a file in", OF_IMPORT),
    Kind("import.undone", "took back what a file had brought in", OF_IMPORT, ("note",)),
    Kind("duplicate.dismissed", "said that two books are not the same", STAFF, ("book", "note")),
    Kind("duplicate.restored", "took back that two books are not the same", STAFF, ("book", "note")),
    Kind("filling.begun", "began to fill in what books lack", STAFF),
    Kind("catalogue.loaded", "loaded the demo", PUBLIC),
]
