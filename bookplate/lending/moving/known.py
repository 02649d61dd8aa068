"""What the rows of a list may be about: copies and cards that are here already."""

from collections.abc import Mapping

from bookplate.catalog.importing.models import Import
from bookplate.catalog.importing.records import Unfit
from bookplate.catalog.models import Copy, CopyQuerySet
from bookplate.people.folding import fold
from bookplate.people.models import Member


def known_copies(job: Import) -> CopyQuerySet:
    """Those that whoever brings the list in may see; the server sees all."""
    return Copy.objects.visible_to(job.by) if job.by else Copy.objects.all()


def known_member(members: Mapping[str, Member], card: str) -> Member:
    if card not in members:
        raise Unfit("card", f"There is no card {card or '(none)'} here. Bring the members in first.")
    return members[card]


def words(name: str) -> list[str]:
    """Those of a person's name, which may stand in any order and with any accents."""
    return sorted(fold(name).replace(",", " ").split())
