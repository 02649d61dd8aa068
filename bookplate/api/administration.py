"""/api/accounts/: what admins see and change of accounts."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from bookplate.api.lists import KeyPagination, asked
from bookplate.api.objects import ReadableObjects
from bookplate.api.permissions import Rights
from bookplate.people import administration
from bookplate.people.models import User
from bookplate.people.roles import Role, is_admin


class AccountSerializer(serializers.ModelSerializer[User]):
    group = serializers.CharField(source="group.name", read_only=True)

    class Meta:
        model = User
        fields = ["id", "username", "email", "role", "group", "is_active", "date_joined", "last_login"]
        read_only_fields = ["username", "email", "date_joined", "last_login"]


class AccountQuery(serializers.Serializer[Any]):
    search = serializers.CharField(
        default="", max_length=300, allow_blank=True, help_text="Part of the username or mail address."
    )
    role = serializers.ChoiceField(default="", choices=Role.choices, allow_blank=True)


@extend_schema_view(list=extend_schema(parameters=[AccountQuery]))
class AccountViewSet(ReadableObjects, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Every account, for admins alone; the last of them stays one."""

    serializer_class = AccountSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = dict.fromkeys(["list", "retrieve", "partial_update", "sign_out"], is_admin)
    lookup_value_converter = "int"
    queryset = User.objects.all()

    def get_queryset(self) -> "QuerySet[User]":
        accounts: QuerySet[User] = User.objects.select_related("group")
        if self.action != "list":
            return accounts
        query = asked(AccountQuery, self.request)
        found: QuerySet[User] = User.objects.select_related("group").named(query["search"])
        return found.filter(role=query["role"]) if query["role"] else found

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a `role`, close the account (`is_active`) or open it again; 409 for the last admin."""
        account = self.get_object()
        serializer = self.get_serializer(account, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return Response(self.get_serializer(administration.change(account, **serializer.validated_data)).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="sign-out")
    def sign_out(self, request: Request, pk: int) -> Response:
        """End every sign-in of the account."""
        administration.end_sign_ins(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
