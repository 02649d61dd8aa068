"""/api/users/me/ and the two lists of usernames."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.people import accounts, links, profiles
from bookplate.people.models import Profile, Scope, User
from bookplate.people.roles import Viewer

LONGEST_PASSWORD = 4096
OF_THE_ACCOUNT = {"username", "email"}


class MeSerializer(serializers.ModelSerializer[User]):
    email = serializers.CharField(read_only=True)  # no EmailField: it may be empty
    info = serializers.CharField(source="profile.info", read_only=True)
    visibility = serializers.CharField(source="profile.visibility", read_only=True)
    group = serializers.CharField(source="group.name", read_only=True)
    card = serializers.CharField(source="member.card", read_only=True, default=None, allow_null=True)

    class Meta:
        model = User
        fields = ["id", "username", "email", "role", "group", "info", "visibility", "card"]
        read_only_fields = fields


class ChangeMeSerializer(serializers.ModelSerializer[Profile]):
    """What one may change about oneself; another name or address needs the password."""

    username = serializers.CharField(max_length=150, required=False)
    email = serializers.EmailField(max_length=254, required=False, help_text="Counts once it is confirmed there.")
    password = serializers.CharField(max_length=LONGEST_PASSWORD, trim_whitespace=False, required=False)

    class Meta:
        model = Profile
        fields = ["info", "visibility", "username", "email", "password"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.keys() & OF_THE_ACCOUNT and "password" not in attrs:
            raise serializers.ValidationError({"password": ["Another name or mail address needs your password."]})
        return attrs


class MeView(APIView):
    permission_classes = [IsAuthenticated]
    scopes = {"get": Scope.READ}

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The account that the token belongs to."""
        return Response(MeSerializer(_account(request)).data)

    @extend_schema(request=ChangeMeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change what you tell about yourself, who may see you, your username, or your mail address.

        The mail address counts once the link that is sent there was opened.
        """
        serializer = ChangeMeSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        asked = serializer.validated_data
        profile = {name: asked.pop(name) for name in ("info", "visibility") if name in asked}
        if asked.keys() & OF_THE_ACCOUNT:
            accounts.change(cast(User, request.user), site=links.site(request), **asked)
        if profile:
            profiles.change(_account(request), **profile)
        return self.get(request)


def _account(request: Request) -> User:
    me: User = User.objects.select_related("group", "profile", "member").get(pk=request.user.pk)
    return me


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
