"""Links to our own pages, as they stand in mails and invitations."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from bookplate.core.errors import Refusal


class LinkOver(Refusal):
    title = "This link is over"


def site(request: HttpRequest) -> str:
    """The library's public address, such as "https://library.example.org".

    From `BOOKPLATE_URL`, or else as the request names it, which only names in `BOOKPLATE_HOSTS` can.
    """
    return settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")


def page(site: str, name: str, *arguments: str) -> str:
    return site + reverse(f"web:{name}", args=arguments)
