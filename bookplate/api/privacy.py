"""/api/users/me/data/ and /api/users/me/erasure/: what is held about the caller, as a download, and its end."""

from typing import Any, cast

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.people import passwords, privacy
from bookplate.people.models import User


class ErasureSerializer(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=4096, trim_whitespace=False)


class DataView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request) -> HttpResponse:
        """Everything held about the caller: a zip with `bookplate.json` and a CSV file for each table."""
        user = cast(User, request.user)
        headers = {"Content-Disposition": f'attachment; filename="bookplate-{user.pk}.zip"'}
        packed = privacy.archive(user)
        return HttpResponse(packed, content_type="application/zip", headers=headers | {"Cache-Control": "no-store"})


class ErasureView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(request=ErasureSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Erase the caller's account and all that is known of them; 409 while books are out."""
        serializer = ErasureSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = cast(User, request.user)
        passwords.prove(user, serializer.validated_data["password"])
        privacy.erase(user)
        return Response(status=status.HTTP_204_NO_CONTENT)
