"""What a viewer may do with loans that they can see."""

from bookplate.lending.models import Loan
from bookplate.people import roles


def may_renew(viewer: roles.Viewer, loan: Loan) -> bool:
    """The borrower and the desk; whoever owns the copy sees the loan but does not prolong it."""
    borrower = loan.member.user_id if loan.member else None
    return roles.works_at_desk(viewer) or (borrower is not None and borrower == viewer.pk)
