"""/api/friends/, /api/friend-requests/ and /api/blocks/: the caller's own, and nobody else's."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from bookplate.api.lists import KeyPagination
from bookplate.api.permissions import Rights
from bookplate.people import friends
from bookplate.people.models import FriendRequest, User
from bookplate.people.roles import is_signed_in


class PersonSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "username"]
        read_only_fields = fields


class NameSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)


class FriendRequestSerializer(serializers.ModelSerializer[FriendRequest]):
    asker = PersonSerializer(read_only=True)
    asked = PersonSerializer(read_only=True)
    accepted = serializers.BooleanField(read_only=True, help_text="Whether you two are friends now.")

    class Meta:
        model = FriendRequest
        fields = ["id", "asker", "asked", "made_at", "accepted"]
        read_only_fields = fields


class OwnPeople(mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[Any]):
    """What stands between the caller and others: listed, and ended."""

    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = dict.fromkeys(("list", "create", "destroy", "accept"), is_signed_in)
    lookup_value_converter = "int"

    @property
    def me(self) -> User:
        return cast(User, self.request.user)

    def get_sort_key(self) -> str:
        return "username"

    def named(self) -> str:
        """The username in the body."""
        serializer = NameSerializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return str(serializer.validated_data["username"])


@extend_schema_view(
    list=extend_schema(description="Your friends."),
    destroy=extend_schema(description="End the friendship with this person, for both of you."),
)
class FriendViewSet(OwnPeople):
    serializer_class = PersonSerializer
    queryset = User.objects.all()

    def get_queryset(self) -> "QuerySet[User]":
        return friends.of(self.me)

    def perform_destroy(self, instance: User) -> None:
        friends.end(self.me, instance)


@extend_schema_view(
    list=extend_schema(description="Whom you have asked to be friends, and who asks you."),
    destroy=extend_schema(description="Withdraw your request, or refuse somebody else's."),
)
class FriendRequestViewSet(OwnPeople):
    serializer_class = FriendRequestSerializer
    queryset = FriendRequest.objects.all()

    def get_queryset(self) -> "QuerySet[FriendRequest]":
        return FriendRequest.objects.visible_to(self.me).with_people()

    def get_sort_key(self) -> str:
        return "-id"

    @extend_schema(request=NameSerializer, responses={201: FriendRequestSerializer})
    def create(self, request: Request) -> Response:
        """Ask somebody to be friends. If they ask you already, you are friends at once."""
        made = friends.ask(self.me, self.named())
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=FriendRequestSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: int) -> Response:
        """Become friends with the person who asks you."""
        wanted = self.get_object()
        if wanted.asked_id != self.me.pk:
            raise PermissionDenied
        friends.accept(self.me, wanted.asker)
        wanted.accepted = True
        return Response(self.get_serializer(wanted).data)

    def perform_destroy(self, instance: FriendRequest) -> None:
        friends.decline(self.me, instance.asked if instance.asker_id == self.me.pk else instance.asker)


@extend_schema_view(
    list=extend_schema(description="Whom you have blocked."),
    destroy=extend_schema(description="Block this person no longer."),
)
class BlockViewSet(OwnPeople):
    serializer_class = PersonSerializer
    queryset = User.objects.all()

    def get_queryset(self) -> "QuerySet[User]":
        return friends.blocked_by(self.me)

    @extend_schema(request=NameSerializer, responses={201: PersonSerializer})
    def create(self, request: Request) -> Response:
        """Block somebody: your friendship ends, and they neither see you nor can ask you, nor are told."""
        blocked = friends.block_by_name(self.me, self.named())
        return Response(self.get_serializer(blocked).data, status=status.HTTP_201_CREATED)

    def perform_destroy(self, instance: User) -> None:
        friends.unblock(self.me, instance)
