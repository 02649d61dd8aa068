"""Pictures of covers. An address names what is in the picture, so what is there never changes."""

from django.conf import settings
from django.http import FileResponse, Http404
from django.views.decorators.http import require_safe

from bookplate.catalog import covers
from bookplate.web.rights import Request, for_readers

FOREVER = "max-age=31536000, immutable"


@for_readers
@require_safe
def cover(request: Request, name: str, size: str) -> FileResponse:
    path = covers.path(name, size)
    if path is None:
        raise Http404
    whose = "public" if settings.PUBLIC_CATALOGUE else "private"
    headers = {"Cache-Control": f"{whose}, {FOREVER}"}
    return FileResponse(path.open("rb"), content_type="image/jpeg", headers=headers)
