"""/api/books/<id>/cover/: the picture of a book's cover, in two sizes."""

from typing import Any

from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from bookplate.api.lists import asked
from bookplate.api.objects import matches, not_modified
from bookplate.api.permissions import Rights
from bookplate.catalog import covers
from bookplate.catalog.models import Book
from bookplate.catalog.rights import reads_catalogue
from bookplate.people.models import Scope


class CoverQuery(serializers.Serializer[Any]):
    size = serializers.ChoiceField(default="small", choices=list(covers.SIZES), help_text="Twice as wide when large.")


class PictureRenderer(BaseRenderer):
    """Named so that a client may ask for pictures; what is sent is a file's bytes as they are."""

    media_type, format, charset = "image/jpeg", "jpeg", None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        return JSONRenderer().render(data)


class CoverView(APIView):
    permission_classes = [Rights]
    renderer_classes = [JSONRenderer, PictureRenderer]
    rights = {"get": reads_catalogue}
    scopes = {"get": Scope.READ}

    @extend_schema(
        parameters=[CoverQuery], responses={(200, "image/jpeg"): OpenApiTypes.BINARY}, operation_id="books_cover"
    )
    def get(self, request: Request, id: int) -> HttpResponseBase:
        """The cover, to be asked for again with its `ETag`; 404 for a book without one, which a client draws itself."""
        size = asked(CoverQuery, request)["size"]
        name = get_object_or_404(Book.objects.only("cover"), pk=id).cover
        path = covers.path(name, size)
        if path is None:
            raise Http404
        tag = f'"{name}-{size}"'
        if matches(request.headers.get("If-None-Match", ""), tag):
            return not_modified(tag)
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        return FileResponse(path.open("rb"), content_type=PictureRenderer.media_type, headers=headers)
