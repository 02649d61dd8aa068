"""What every page's template knows; asked only where a template asks, so that an error page needs no database."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from bookplate.catalog import rights
from bookplate.feed import reading
from bookplate.lending.lists import LISTS
from bookplate.lending.rights import keeps_policy
from bookplate.people import roles
from bookplate.people.models import User
from bookplate.web import notices


def library(request: HttpRequest) -> dict[str, object]:
    # A request that was refused before anybody looked for its sign-in (a wrong Host) has no user.
    viewer = getattr(request, "user", AnonymousUser())
    return {
        "library_name": settings.LIBRARY_NAME,
        "demo": settings.DEMO,
        "registration": settings.REGISTRATION,
        # Where the events begin that a page hears; a page that shows more than its navigation asks before it reads.
        "since": SimpleLazyObject(reading.latest),
        "notices": lambda: notices.of(viewer) if isinstance(viewer, User) else {},
        "day_lists": LISTS.values,
        "reads_catalogue": lambda: rights.reads_catalogue(viewer),
        "works_at_desk": lambda: roles.works_at_desk(viewer),
        "is_admin": lambda: roles.is_admin(viewer),
        "invites": lambda: roles.invites(viewer),
        "keeps_catalogue": lambda: roles.keeps_catalogue(viewer),
        "keeps_policy": lambda: keeps_policy(viewer),
        "keeps_members": lambda: roles.keeps_members(viewer),
    }
