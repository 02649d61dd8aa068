"""Renewing by a link in a mail: without signing in, this one loan, this once."""

from django.core import signing
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime

from bookplate.lending import checkout
from bookplate.lending.locks import lock_loan
from bookplate.lending.models import Loan
from bookplate.people import links
from bookplate.people.links import LinkOver

SALT = "bookplate.lending.renewals"
LINK_SECONDS = 14 * 24 * 60 * 60
OVER = "This link is over. Sign in to renew your books, or ask at the desk."


def link(loan: Loan, site: str) -> str:
    """Good for two weeks, and as long as the loan is due when it is due now."""
    claims = {"loan": loan.pk, "member": loan.member_id, "until": loan.due_at.isoformat()}
    return links.page(site, "renewal-link", signing.dumps(claims, salt=SALT))


def asked(token: str) -> Loan:
    """The loan that a link would renew; raises `LinkOver`."""
    try:
        claims = signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        raise LinkOver(OVER) from None
    theirs = Loan.objects.open().with_terms().filter(member=claims["member"], member__user__is_active=True)
    loan = theirs.filter(pk=claims["loan"]).first()
    if loan is None:
        raise LinkOver("This book has been returned, so there is nothing to renew.")
    if loan.due_at.isoformat() != claims["until"]:
        day = date_format(localtime(loan.due_at), "j F Y")
        raise LinkOver(f"“{loan.copy.book.title}” was renewed already. It is due on {day}.")
    return loan


@transaction.atomic
def renew(token: str) -> Loan:
    """Renew the loan of a link; raises `LinkOver`, and what `checkout.renew` does."""
    lock_loan(asked(token))
    return checkout.renew(asked(token))  # asked again, now that nobody else can renew it
