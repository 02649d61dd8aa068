"""Renewing one loan by the link in a reminder, without signing in."""

from django.http import HttpRequest, HttpResponse

from bookplate.core.errors import Refusal
from bookplate.lending import renewals
from bookplate.people.links import LinkOver
from bookplate.web import pages
from bookplate.web.private import behind_a_secret, leading_to

TOKEN = "renewal-token"  # noqa: S105


@behind_a_secret
def renewal(request: HttpRequest) -> HttpResponse:
    """A button, for programs that look into mails open their links, too."""
    token = request.session.get(TOKEN, "")
    try:
        loan = renewals.asked(token)
        if request.method != "POST":
            return pages.show(request, "renewal.html", {"loan": loan})
        return pages.show(request, "renewal.html", {"renewed": renewals.renew(token)})
    except Refusal as reason:
        return _over(request, reason)


def _over(request: HttpRequest, reason: Refusal) -> HttpResponse:
    status = 404 if isinstance(reason, LinkOver) else reason.status
    return pages.show(request, "renewal.html", {"words": str(reason)}, status=status)


link = leading_to("web:renewal", TOKEN, renewals.asked, _over)
