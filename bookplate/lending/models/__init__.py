"""The tables of lending, a file for each noun: loans, holds, the policy, reminders."""

from bookplate.lending.models.holds import ACTIVE, Hold, HoldQuerySet, HoldState
from bookplate.lending.models.loans import Loan, LoanQuerySet
from bookplate.lending.models.policy import DAYS_OF, GroupTerms, Policy
from bookplate.lending.models.reminders import Delivery, How, Reason, Reminder, ReminderChoice

__all__ = [
    "ACTIVE",
    "DAYS_OF",
    "Delivery",
    "GroupTerms",
    "Hold",
    "HoldQuerySet",
    "HoldState",
    "How",
    "Loan",
    "LoanQuerySet",
    "Policy",
    "Reason",
    "Reminder",
    "ReminderChoice",
]
