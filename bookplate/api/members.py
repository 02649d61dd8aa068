"""/api/members/: library cards."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.viewsets import ModelViewSet

from bookplate.api.lists import KeyPagination, asked
from bookplate.api.objects import ChangeableObjects
from bookplate.api.permissions import Rights
from bookplate.people import members
from bookplate.people.models import Member, MemberQuerySet, Scope
from bookplate.people.roles import is_signed_in, keeps_members


class MemberSerializer(serializers.ModelSerializer[Member]):
    class Meta:
        model = Member
        fields = ["id", "firstname", "lastname", "card", "user"]
        read_only_fields = ["user"]


class MemberQuery(serializers.Serializer[Any]):
    card = serializers.CharField(default="", max_length=40, allow_blank=True)
    search = serializers.CharField(default="", max_length=300, allow_blank=True, help_text="Part of a name.")


@extend_schema_view(list=extend_schema(parameters=[MemberQuery]))
class MemberViewSet(ChangeableObjects, ModelViewSet[Member]):
    """Library cards: the desk sees all of them, a signed-in user their own."""

    serializer_class = MemberSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = {
        "list": is_signed_in,
        "retrieve": is_signed_in,
        "create": keeps_members,
        "update": keeps_members,
        "partial_update": keeps_members,
        "destroy": keeps_members,
    }
    scopes = dict.fromkeys(["list", "retrieve"], Scope.DESK)
    lookup_value_converter = "int"
    queryset = Member.objects.all()

    def get_queryset(self) -> "QuerySet[Member]":
        visible = Member.objects.visible_to(self.request.user)
        return self._narrowed(visible) if self.action == "list" else visible

    def _narrowed(self, visible: MemberQuerySet) -> "QuerySet[Member]":
        query = asked(MemberQuery, self.request)
        named = visible.named(query["search"])
        return named.filter(card=query["card"]) if query["card"] else named

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = members.add(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = members.change(serializer.instance, **serializer.validated_data)

    def perform_destroy(self, instance: Member) -> None:
        members.remove(instance)
