"""/api/fillings/: rounds through the whole catalogue that fill in what its books lack."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from bookplate.api.lists import KeyPagination
from bookplate.api.objects import SafeObjects
from bookplate.api.permissions import Rights
from bookplate.catalog.metadata import filling
from bookplate.catalog.metadata.models import Filling
from bookplate.people.models import Scope, User
from bookplate.people.roles import keeps_catalogue


class FillingSerializer(serializers.ModelSerializer[Filling]):
    percent = serializers.IntegerField(help_text="Done so far.")

    class Meta:
        model = Filling
        fields = ["id", "state", "percent", "total", "done", "filled", "covers", "failed", "problem"]
        fields += ["created_at", "finished_at"]
        read_only_fields = fields


class FillingViewSet(SafeObjects, mixins.RetrieveModelMixin, mixins.ListModelMixin):
    """What books lack is asked for by their ISBN, one at a time and without haste; only what is empty is filled in."""

    serializer_class = FillingSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = dict.fromkeys(["list", "retrieve", "create", "cancel"], keeps_catalogue)
    scopes = dict.fromkeys(rights, Scope.CATALOGUE)
    lookup_value_converter = "int"
    queryset: "QuerySet[Filling]" = Filling.objects.all()

    def get_sort_key(self) -> str:
        return "-id"

    @extend_schema(request=None, responses={201: FillingSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Begin a round, in the background; 409 while there is one, or when books are not looked up here."""
        data = FillingSerializer(filling.begin(cast(User, request.user))).data
        return Response(data, status=status.HTTP_201_CREATED, headers=self.get_success_headers(data))

    @extend_schema(request=None, responses=FillingSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """Stop; what is filled in stays. Once it is over, this changes nothing."""
        job = self.get_object()
        filling.cancel(job)
        return Response(FillingSerializer(job).data)
