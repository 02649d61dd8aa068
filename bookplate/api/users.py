"""/api/users/me/ and the two lists of usernames."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.people.models import User
from bookplate.people.roles import Viewer


class MeSerializer(serializers.ModelSerializer[User]):
    info = serializers.CharField(source="profile.info", read_only=True)
    group = serializers.CharField(source="group.name", read_only=True)
    card = serializers.CharField(source="member.card", read_only=True, default=None, allow_null=True)

    class Meta:
        model = User
        fields = ["id", "username", "email", "role", "group", "info", "card"]
        read_only_fields = fields


class MeView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The account that the token belongs to."""
        me = User.objects.select_related("group", "profile", "member").get(pk=request.user.pk)
        return Response(MeSerializer(me).data)


USERNAMES: Any = {200: {"type": "array", "items": {"type": "string"}, "examples": [["alice", "bob", "mike"]]}}


def usernames(viewer: Viewer) -> list[str]:
    return list(User.objects.visible_to(viewer).order_by("username").values_list("username", flat=True))


@extend_schema(methods=["GET"], operation_id="fbv_list", responses=USERNAMES)
@extend_schema(methods=["POST"], operation_id="fbv_list_post", request=None, responses=USERNAMES)
@api_view(["GET", "HEAD", "POST"])
@permission_classes([IsAuthenticated])
def fbv_list(request: Request) -> Response:
    """The usernames that the caller may see."""
    return Response(usernames(request.user))


class CBVList(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="cbv_list", responses=USERNAMES)
    def get(self, request: Request) -> Response:
        """The usernames that the caller may see."""
        return Response(usernames(request.user))
