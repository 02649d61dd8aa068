"""The tables of lending, a file for each noun: loans, holds, the policy."""

from bookplate.lending.models.holds import ACTIVE, Hold, HoldQuerySet, HoldState
from bookplate.lending.models.loans import Loan, LoanQuerySet
from bookplate.lending.models.policy import DAYS_OF, GroupTerms, Policy

__all__ = [
    "ACTIVE",
    "DAYS_OF",
    "GroupTerms",
    "Hold",
    "HoldQuerySet",
    "HoldState",
    "Loan",
    "LoanQuerySet",
    "Policy",
]
