"""What a viewer may do with loans and holds that they can see, and with the policy."""

from bookplate.catalog.models import Copy
from bookplate.catalog.rights import may_change
from bookplate.lending import conditions
from bookplate.lending.conditions import Condition
from bookplate.lending.models import Hold, Loan
from bookplate.people import roles
from bookplate.people.models import Member, User


def may_renew(viewer: roles.Viewer, loan: Loan) -> bool:
    """The borrower and the desk; whoever owns the copy sees the loan but does not prolong it."""
    return roles.works_at_desk(viewer) or _borrows(viewer, loan.member)


def keeps_policy(viewer: roles.Viewer) -> bool:
    """May change what the library allows."""
    return roles.keeps_members(viewer)


def cares_for(viewer: roles.Viewer, copy: Copy) -> bool:
    """Whether it is theirs, or their group's: they say who may have it."""
    if not isinstance(viewer, User):
        return False
    return copy.owner_id == viewer.pk or (copy.owner_group_id is not None and copy.owner_group_id == viewer.group_id)


def may_give_back(viewer: roles.Viewer, loan: Loan) -> bool:
    """The desk; and of what belongs to a person or a group, either side's word is enough."""
    if roles.works_at_desk(viewer):
        return True
    return loan.copy.is_somebodys and (_borrows(viewer, loan.member) or cares_for(viewer, loan.copy))


def may_set_condition(viewer: roles.Viewer, copy: Copy, condition: Condition) -> bool:
    """Withdraw it: who may change it. Say that it is lost, damaged or good again: of the library's, the desk too."""
    if condition == Condition.WITHDRAWN or conditions.condition_of(copy) == Condition.WITHDRAWN:
        return may_change(viewer, copy)
    return may_change(viewer, copy) or (roles.works_at_desk(viewer) and not copy.is_somebodys)


def may_answer(viewer: roles.Viewer, hold: Hold) -> bool:
    """Accept or refuse a request: whoever cares for the copy."""
    return hold.wanted is not None and cares_for(viewer, hold.wanted)


def may_hand_over(viewer: roles.Viewer, hold: Hold) -> bool:
    """The desk; and either side where the copy belongs to a person or a group."""
    return (
        roles.works_at_desk(viewer) or may_answer(viewer, hold) or (hold.is_request and _borrows(viewer, hold.member))
    )


def may_change_hold(viewer: roles.Viewer, hold: Hold) -> bool:
    """Cancel it or have it suspended: whoever waits, and the desk."""
    return roles.works_at_desk(viewer) or _borrows(viewer, hold.member)


def _borrows(viewer: roles.Viewer, member: Member | None) -> bool:
    return member is not None and member.user_id is not None and member.user_id == viewer.pk


def may_move_holds(viewer: roles.Viewer) -> bool:
    """May say who comes first."""
    return roles.keeps_members(viewer)
