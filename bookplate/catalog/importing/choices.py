"""What whoever brings a file in may choose: how many copies, whose they are, where they stand, who sees them."""

from collections.abc import Mapping
from typing import Any, TypedDict

from bookplate.catalog.importing.books import Books
from bookplate.catalog.importing.records import Reader
from bookplate.catalog.models import Copy, Visibility
from bookplate.core.errors import Invalid
from bookplate.people import roles
from bookplate.people.models import Group, User

MOST_COPIES = 10


class Options(TypedDict, total=False):
    dry_run: bool
    copies: int
    """How many copies there are of each book that will be new; on a shelf, of each that does not stand there yet."""
    owner: User | None
    owner_group: Group | None
    """Whose they are; the library's without either."""
    shelfmark: str
    visibility: str
    """As is usual for the owner, when it is empty."""
    columns: Mapping[str, object]
    """For our fields the columns of a table, by name or number, where their names do not tell."""


def settled(options: Options, by: User | None, reader: Reader) -> dict[str, Any]:
    """The values of an `Import`; whoever keeps no catalogue fills their own shelf. Raises `Invalid`."""
    owner, group = options.get("owner"), options.get("owner_group")
    if by and not roles.keeps_catalogue(by):
        owner, group = by, None
    if owner and group:
        raise Invalid("owner_group", "Choose one shelf: a person's or a group's.")
    check_shelf(reader, somebodys=bool(owner or group))
    return {
        "dry_run": options.get("dry_run", False),
        "copies": options.get("copies", 1 if owner or group else 0),
        "owner": owner,
        "owner_group": group,
        "shelfmark": options.get("shelfmark", ""),
        "visibility": _visibility(options.get("visibility", ""), owner, group),
    }


def check_shelf(reader: Reader, *, somebodys: bool) -> None:
    if somebodys and reader.into is not Books:
        raise Invalid("file", f"This is a list of {reader.noun}. Only books stand on a shelf.")


def _visibility(wanted: str, owner: User | None, group: Group | None) -> str:
    usual = Visibility.FRIENDS if owner else Visibility.EVERYONE
    possible = Copy(owner=owner, owner_group=group).possible_visibilities
    if wanted and wanted not in possible:
        raise Invalid("visibility", f"These copies can be shown to {', '.join(possible)} only.")
    return wanted or usual.value
