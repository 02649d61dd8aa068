"""What every page's template knows; asked only where a template asks, so that an error page needs no database."""

from django.conf import settings
from django.http import HttpRequest

from bookplate.catalog import rights
from bookplate.people import roles


def library(request: HttpRequest) -> dict[str, object]:
    return {
        "library_name": settings.LIBRARY_NAME,
        "demo": settings.DEMO,
        "reads_catalogue": lambda: rights.reads_catalogue(request.user),
        "works_at_desk": lambda: roles.works_at_desk(request.user),
        "keeps_catalogue": lambda: roles.keeps_catalogue(request.user),
    }
