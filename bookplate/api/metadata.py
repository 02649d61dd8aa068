"""/api/metadata/<isbn>/: what others know of a book."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.api.permissions import Rights
from bookplate.catalog import isbn as isbns
from bookplate.catalog.metadata import lookups
from bookplate.catalog.metadata.answers import FIELDS, Finding
from bookplate.core.errors import Invalid
from bookplate.people.models import Scope
from bookplate.people.roles import is_signed_in

ISBN = OpenApiParameter("isbn", str, OpenApiParameter.PATH, description="10 or 13 digits, with or without hyphens.")


class MetadataSerializer(serializers.Serializer[Any]):
    isbn = serializers.CharField(help_text="13 digits.")
    title = serializers.CharField(default="")
    author = serializers.CharField(default="")
    published_year = serializers.IntegerField(default=None, allow_null=True)
    publisher = serializers.CharField(default="")
    edition = serializers.CharField(default="")
    language = serializers.CharField(default="")
    subjects = serializers.CharField(default="")
    sources = serializers.DictField(
        child=serializers.CharField(), help_text="Which source each value comes from, by the names of the fields."
    )


class MetadataView(APIView):
    permission_classes = [Rights]
    rights = {"get": is_signed_in}
    scopes = {"get": Scope.CATALOGUE}

    @extend_schema(parameters=[ISBN], responses=MetadataSerializer, operation_id="metadata_retrieve")
    def get(self, request: Request, isbn: str) -> HttpResponse:
        """What the sources that the library asks know of a book: text, to be looked at before it is believed.

        Answers within 5 seconds. `no-source-knows` (404) when all were asked in vain, `sources-away` (503 with
        `Retry-After`) when they could not be.
        """
        try:
            found = lookups.look_up(_number(isbn), lookups.held(request._request))
        except lookups.Waits:
            return HttpResponse(status=204)  # nobody sees it: the server asks anew
        return Response(MetadataSerializer(_told(found)).data)


def _number(text: str) -> str:
    try:
        number = isbns.normalise(text)
    except isbns.BadISBN as error:
        raise Invalid("isbn", str(error)) from None
    if number is None:
        raise Invalid("isbn", "Give an ISBN.")
    return number


def _told(found: Finding) -> dict[str, Any]:
    values = {name: found.values[name].value for name in FIELDS if name in found.values}
    return {**values, "isbn": found.isbn, "sources": {name: value.source for name, value in found.values.items()}}
