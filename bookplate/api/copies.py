"""/api/copies/: the physical books that the caller may see."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet

from bookplate.api.lists import KeyPagination, asked
from bookplate.api.objects import CHANGING, ChangeableObjects
from bookplate.api.permissions import Rights
from bookplate.catalog import copies, rights
from bookplate.catalog.models import Copy, State
from bookplate.lending import conditions
from bookplate.lending.conditions import Condition
from bookplate.lending.rights import may_set_condition
from bookplate.people.models import Scope, User
from bookplate.people.roles import is_signed_in


class KeyField(serializers.PrimaryKeyRelatedField[Any]):
    """The id of a row; what is no whole number names none, where Django would cut off the rest."""

    default_error_messages = {
        "does_not_exist": "There is none with the id {pk_value}, or none for you.",
        "incorrect_type": "Give an id, which is a whole number.",
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, float) and not data.is_integer():
            self.fail("does_not_exist", pk_value=data)
        return super().to_internal_value(data)


class CopySerializer(serializers.ModelSerializer[Copy]):
    serializer_related_field = KeyField

    class Meta:
        model = Copy
        fields = ["id", "book", "barcode", "shelfmark", "kind", "visibility", "state", "owner", "owner_group"]
        read_only_fields = ["state", "owner", "owner_group"]

    def validate_visibility(self, visibility: str) -> str:
        copy = self.instance if isinstance(self.instance, Copy) else Copy(owner=self._owner())
        if visibility not in copy.possible_visibilities:
            raise serializers.ValidationError(
                f"This copy can be shown to {', '.join(copy.possible_visibilities)} only."
            )
        return visibility

    def create(self, validated_data: dict[str, Any]) -> Copy:
        owner = self._owner()
        return copies.add_own(owner=owner, **validated_data) if owner else copies.add(**validated_data)

    def _owner(self) -> User | None:
        return rights.owner_of_new_copy(self.context["request"].user)


class ConditionSerializer(serializers.Serializer[Any]):
    condition = serializers.ChoiceField(choices=Condition.choices)


class CopyQuery(serializers.Serializer[Any]):
    book = serializers.IntegerField(default=None, min_value=1, max_value=2**63 - 1)
    barcode = serializers.CharField(default="", max_length=60, allow_blank=True)
    state = serializers.ChoiceField(default="", choices=State.choices, allow_blank=True)


@extend_schema_view(list=extend_schema(parameters=[CopyQuery]))
class CopyViewSet(ChangeableObjects, ModelViewSet[Copy]):
    """Copies: whatever the caller may not see is not there."""

    serializer_class = CopySerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = {
        "list": rights.reads_catalogue,
        "retrieve": rights.reads_catalogue,
        "create": is_signed_in,
        "update": is_signed_in,
        "partial_update": is_signed_in,
        "destroy": is_signed_in,
        "condition": is_signed_in,
    }
    scopes = {"list": Scope.READ, "retrieve": Scope.READ} | dict.fromkeys(
        ["create", "update", "partial_update", "destroy"], Scope.CATALOGUE
    )
    scopes["condition"] = Scope.DESK
    lookup_value_converter = "int"
    queryset = Copy.objects.all()

    def get_queryset(self) -> "QuerySet[Copy]":
        visible = Copy.objects.visible_to(self.request.user)
        return visible.filter(**self._asked()) if self.action == "list" else visible

    def _asked(self) -> dict[str, Any]:
        return {name: value for name, value in asked(CopyQuery, self.request).items() if value not in (None, "")}

    def check_object_permissions(self, request: Any, obj: Copy) -> None:
        if self.action in CHANGING and not rights.may_change(request.user, obj):
            raise PermissionDenied

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = copies.change(serializer.instance, **serializer.validated_data)

    def perform_destroy(self, instance: Copy) -> None:
        copies.remove(instance)

    @extend_schema(request=ConditionSerializer, responses=CopySerializer)
    @action(detail=True, methods=["put"])
    def condition(self, request: Request, pk: int) -> Response:
        """Say that a copy is lost, damaged, withdrawn for good, or good again; 409 and the reason when it cannot be."""
        copy = get_object_or_404(self.get_queryset().select_related("book"), pk=pk)
        body = ConditionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = Condition(body.validated_data["condition"])
        if not may_set_condition(request.user, copy, wanted):
            raise PermissionDenied
        return Response(self.get_serializer(conditions.set_condition(copy, wanted)).data)
