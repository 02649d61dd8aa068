"""The catalogue's part of privacy: a person's own copies, and the files they brought in."""

from collections.abc import Mapping

from django.db.models import QuerySet

from bookplate.catalog.importing.models import Import
from bookplate.catalog.metadata.models import Filling
from bookplate.catalog.models import Copy, State, Visibility
from bookplate.core.errors import Conflict
from bookplate.core.events import Note
from bookplate.people.models import User
from bookplate.people.privacy import Part, Table


class StillLent(Conflict):
    title = "A copy of theirs is still lent"


def held(user: User) -> Mapping[str, Table]:
    copies = Copy.objects.filter(owner=user).values(
        "id", "barcode", "book__title", "book__isbn", "shelfmark", "state", "visibility", "added_at"
    )
    imports = Import.objects.filter(by=user).values("id", "name", "created_at", "read")
    return {"copies": copies, "imports": imports, "fillings": _fillings(user).values("id", "created_at", "done")}


def _fillings(user: User) -> QuerySet[Filling]:
    """The rounds that they began (`metadata.filling`)."""
    return Filling.objects.filter(by=user)


def erase(user: User) -> list[Note]:
    """Copies go; one that was ever lent or asked for stays for the count alone, withdrawn and without an owner."""
    copies = Copy.objects.filter(owner=user)
    if lent := copies.filter(state=State.ON_LOAN).count():
        raise StillLent(f"{user} has lent {lent} of their own books. Take them back first.")
    copies.filter(loans=None, holds=None, asked_for=None).delete()
    copies.update(owner=None, state=State.WITHDRAWN, visibility=Visibility.OWNER, shelfmark="")
    for job in Import.objects.filter(owner=user):
        job.forget()
        job.delete()
    Import.objects.filter(by=user).update(by=None)
    _fillings(user).update(by=None)
    return []


PART = Part(held, erase)
