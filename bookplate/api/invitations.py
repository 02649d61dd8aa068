"""/api/invitations/: links that open an account."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from bookplate.api.lists import KeyPagination
from bookplate.api.objects import SafeObjects
from bookplate.api.permissions import Rights
from bookplate.people import invitations, links
from bookplate.people.invitations import Offer
from bookplate.people.models import Group, Invitation, User
from bookplate.people.roles import Role, invites


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    email = serializers.CharField(read_only=True)  # no EmailField: it may be empty
    made_by = serializers.CharField(source="made_by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Invitation
        fields = ["id", "role", "group", "email", "made_by", "made_at", "expires_at"]
        read_only_fields = fields


class MadeInvitationSerializer(InvitationSerializer):
    """As it is when just made: the only time that its link is known."""

    link = serializers.CharField(read_only=True)
    token = serializers.CharField(read_only=True, help_text="The last part of the link, for /api/register/.")

    class Meta(InvitationSerializer.Meta):
        fields = [*InvitationSerializer.Meta.fields, "link", "token"]
        read_only_fields = fields


class InviteSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices, default=Role.MEMBER)
    group = serializers.PrimaryKeyRelatedField(queryset=Group.objects.all(), default=None)
    email = serializers.EmailField(max_length=254, default="", allow_blank=True, help_text="Where to mail the link.")
    days = serializers.IntegerField(min_value=1, max_value=invitations.MOST_DAYS, default=invitations.DAYS)


class InvitationViewSet(
    SafeObjects, mixins.CreateModelMixin, mixins.RetrieveModelMixin, mixins.ListModelMixin, mixins.DestroyModelMixin
):
    """Invitations that nobody used yet: librarians see those for members, admins all."""

    serializer_class = InvitationSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = {"list": invites, "retrieve": invites, "create": invites, "destroy": invites}
    lookup_value_converter = "int"
    queryset = Invitation.objects.all()

    def get_queryset(self) -> "QuerySet[Invitation]":
        return Invitation.objects.visible_to(self.request.user).unused().select_related("made_by")

    def get_sort_key(self) -> str:
        return "-id"

    @extend_schema(request=InviteSerializer, responses={201: MadeInvitationSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make an invitation; its link is in this answer and never shown again."""
        serializer = InviteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        offer = Offer(**serializer.validated_data | {"role": Role(serializer.validated_data["role"])})
        invitation, link = invitations.make(offer, by=cast(User, request.user), site=links.site(request))
        data = InvitationSerializer(invitation).data
        made = {**data, "link": link, "token": link.rstrip("/").rpartition("/")[2]}
        return Response(made, status=status.HTTP_201_CREATED, headers=self.get_success_headers(data))

    def perform_destroy(self, instance: Invitation) -> None:
        """Withdraw it: the link opens nothing any more."""
        invitations.withdraw(instance)
