"""/api/exports/<format>/: the whole library, or what a search finds, as a file."""

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from bookplate.api.books import FilterQuery
from bookplate.api.lists import asked
from bookplate.api.negotiation import Whatever
from bookplate.api.permissions import Rights
from bookplate.catalog.exporting import spooling
from bookplate.catalog.exporting.entries import Selection
from bookplate.catalog.exporting.formats import FORMATS
from bookplate.catalog.filters import Filters
from bookplate.catalog.rights import reads_catalogue
from bookplate.people.models import Scope

KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=list(FORMATS))
TYPES = [form.content_type.partition(";")[0] for form in FORMATS.values()]


class ExportView(APIView):
    permission_classes = [Rights]
    content_negotiation_class = Whatever
    rights = {"get": reads_catalogue}
    scopes = {"get": Scope.READ}

    @extend_schema(
        parameters=[KIND, FilterQuery],
        responses={(200, kind): OpenApiTypes.BINARY for kind in TYPES},
        operation_id="exports_retrieve",
    )
    def get(self, request: Request, kind: str) -> FileResponse:
        """The books that fit, all without filters, with the copies that you may see; 429 while several are made."""
        if kind not in FORMATS:
            raise Http404
        form = FORMATS[kind]
        selection = Selection(Filters(**asked(FilterQuery, request)), request.user)
        file = spooling.spooled(form, selection)
        return FileResponse(file, as_attachment=True, filename=spooling.name_of(form), content_type=form.content_type)
