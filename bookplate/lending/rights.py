"""What a viewer may do with loans that they can see."""

from bookplate.lending.models import Loan
from bookplate.people import roles


def may_renew(viewer: roles.Viewer, loan: Loan) -> bool:
    """The borrower and the desk; whoever owns the copy sees the loan but does not prolong it."""
    return roles.works_at_desk(viewer) or (loan.member.user_id is not None and loan.member.user_id == viewer.pk)
