"""/api/members/: library cards."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet

from bookplate.api.lists import KeyPagination, asked
from bookplate.api.objects import ChangeableObjects
from bookplate.api.permissions import Rights
from bookplate.people import members
from bookplate.people.models import Member, MemberQuerySet, Scope, User
from bookplate.people.roles import is_signed_in, keeps_members, works_at_desk

UNSTORED = {"Cache-Control": "no-store"}


class MemberSerializer(serializers.ModelSerializer[Member]):
    class Meta:
        model = Member
        fields = ["id", "firstname", "lastname", "card", "user", "expires_on", "notes"]
        read_only_fields = ["user"]
        extra_kwargs = {"notes": {"help_text": "For the desk alone; in no answer to anybody else."}}

    def to_representation(self, instance: Member) -> dict[str, Any]:
        answer: dict[str, Any] = super().to_representation(instance)
        if not works_at_desk(self.context["request"].user):
            del answer["notes"]
        return answer


class CodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=40)


class MemberQuery(serializers.Serializer[Any]):
    card = serializers.CharField(default="", max_length=40, allow_blank=True)
    search = serializers.CharField(
        default="", max_length=300, allow_blank=True, help_text="Parts of the name, or how the card number begins."
    )


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
        "link_code": works_at_desk,
        "withdraw_link_code": works_at_desk,
        "unlink": keeps_members,
    }
    scopes = dict.fromkeys(["list", "retrieve"], Scope.DESK)
    lookup_value_converter = "int"
    queryset = Member.objects.all()

    def get_queryset(self) -> "QuerySet[Member]":
        visible = Member.objects.visible_to(self.request.user)
        return self._narrowed(visible) if self.action == "list" else visible

    def _narrowed(self, visible: MemberQuerySet) -> "QuerySet[Member]":
        query = asked(MemberQuery, self.request)
        found = visible.matching(query["search"])
        return found.filter(card=query["card"]) if query["card"] else found

    def get_sort_key(self) -> str:
        return "name_key"

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = members.add(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = members.change(serializer.instance, **serializer.validated_data)

    def perform_destroy(self, instance: Member) -> None:
        members.remove(instance)

    @extend_schema(request=None, responses={201: CodeSerializer})
    @action(detail=True, methods=["post"], url_path="link-code")
    def link_code(self, request: Request, pk: int) -> Response:
        """A code by which a user makes this card theirs within 14 days; shown this once, and the one before it ends."""
        return Response({"code": members.make_link_code(self.get_object())}, status=201, headers=UNSTORED)

    @extend_schema(request=None, responses={204: None})
    @link_code.mapping.delete
    def withdraw_link_code(self, request: Request, pk: int) -> Response:
        """End the code; without one nothing changes."""
        members.withdraw_link_code(self.get_object())
        return Response(status=204)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path="user")
    def unlink(self, request: Request, pk: int) -> Response:
        """Take the card away from its account; without one nothing changes."""
        members.unlink(self.get_object())
        return Response(status=204)


class MyCardView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(request=CodeSerializer, responses=MemberSerializer)
    def post(self, request: Request) -> Response:
        """Make a card yours with the code that the desk gave you."""
        body = CodeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        member = members.link(cast(User, request.user), body.validated_data["code"])
        return Response(MemberSerializer(member, context={"request": request}).data)
