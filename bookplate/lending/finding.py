"""One thing by its label or number, among what somebody may see: asked at each scan, so each question is kept ready."""

from collections.abc import Callable
from functools import cache

from django.db.models import QuerySet

from bookplate.catalog.models import Copy
from bookplate.lending.models import Loan
from bookplate.people.models import Member, User
from bookplate.people.roles import Role
from bookplate.people.statements import Prepared, Row, Slot

_VIEWER, _GROUP = Slot("viewer", User._meta.pk), Slot("group", User._meta.get_field("group"))


def copy_of(barcode: str, viewer: User) -> Copy | None:
    """With its book."""
    return _seen(_copies, viewer, barcode)


def member_of(card: str, viewer: User) -> Member | None:
    return _seen(_members, viewer, card)


def loan_of(number: int, viewer: User) -> Loan | None:
    """With its copy and member."""
    return _seen(_loans, viewer, number)


def _seen(rows: "Callable[[User], QuerySet[Row]]", viewer: User, wanted: str | int) -> Row | None:
    prepared = _prepared(rows, Role(viewer.role))
    return prepared.first(viewer=viewer.pk, group=viewer.group_id, wanted=wanted)


@cache
def _prepared(rows: "Callable[[User], QuerySet[Row]]", role: Role) -> Prepared[Row]:
    """For anybody of this role: what they may see follows from who they are and from their group."""
    anybody = User(pk=_VIEWER, group_id=_GROUP, role=role)
    return Prepared(lambda: rows(anybody).order_by())


def _copies(viewer: User) -> "QuerySet[Copy]":
    wanted = Slot("wanted", Copy._meta.get_field("barcode"))
    return Copy.objects.visible_to(viewer).select_related("book").filter(barcode=wanted)


def _members(viewer: User) -> "QuerySet[Member]":
    return Member.objects.visible_to(viewer).filter(card=Slot("wanted", Member._meta.get_field("card")))


def _loans(viewer: User) -> "QuerySet[Loan]":
    return Loan.objects.visible_to(viewer).select_related("copy", "member").filter(pk=Slot("wanted", Loan._meta.pk))
