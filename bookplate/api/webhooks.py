"""/api/webhooks/: the caller's webhooks, and what became of the events sent to them."""

from typing import Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiWebhook, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from bookplate.api.events import EventSerializer
from bookplate.api.lists import KeyPagination
from bookplate.api.objects import ChangeableObjects
from bookplate.api.permissions import Rights
from bookplate.feed import catalogue, webhooks
from bookplate.feed.models import Delivery, Webhook
from bookplate.people.models import User
from bookplate.people.roles import keeps_catalogue


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    address = serializers.RegexField(
        "^https?://[!-~]+$", max_length=500, help_text="Where events are sent to: `https://example.org/hook`."
    )
    kinds = serializers.ListField(
        source="types",
        child=serializers.ChoiceField(choices=catalogue.choices()),
        required=False,
        max_length=len(catalogue.choices()),
        help_text="Types of events; an empty list means all that you may see.",
    )
    upto = serializers.IntegerField(read_only=True, help_text="The events up to this one are dealt with.")
    problem = serializers.CharField(read_only=True, help_text="Why it was set aside; empty while it is not.")

    class Meta:
        model = Webhook
        fields = ["id", "address", "kinds", "upto", "problem", "next_at", "created_at"]
        read_only_fields = ["next_at", "created_at"]

    def update(self, instance: Webhook, validated_data: dict[str, Any]) -> Webhook:
        return webhooks.change(instance, address=validated_data.get("address"), kinds=validated_data.get("types"))


class MadeWebhookSerializer(WebhookSerializer):
    secret = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    event = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The event's number.")

    class Meta:
        model = Delivery
        fields = ["event", "type", "state", "attempts", "tried_at", "status", "problem"]
        read_only_fields = ["type", "state", "attempts", "tried_at", "status", "problem"]


@extend_schema_view(create=extend_schema(responses={201: MadeWebhookSerializer}), update=extend_schema(exclude=True))
class WebhookViewSet(
    ChangeableObjects,
    mixins.RetrieveModelMixin,
    mixins.ListModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
):
    """One's own, for librarians and admins."""

    serializer_class = WebhookSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    rights = dict.fromkeys(["list", "retrieve", "create", "partial_update", "destroy", "resume"], keeps_catalogue)
    lookup_value_converter = "int"
    queryset = Webhook.objects.all()

    def get_queryset(self) -> "QuerySet[Webhook]":
        return Webhook.objects.visible_to(self.request.user)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make one: its secret is in this answer alone."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        webhook, secret = webhooks.add(cast(User, request.user), wanted["address"], wanted.get("types", []))
        made = self.get_serializer(webhook).data | {"secret": secret}
        headers = {"Cache-Control": "no-store", **self.get_success_headers(made)}
        return Response(made, status=status.HTTP_201_CREATED, headers=headers)

    def perform_destroy(self, instance: Webhook) -> None:
        webhooks.remove(instance)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: int) -> Response:
        """Let one go on that was set aside, where it was."""
        return Response(self.get_serializer(webhooks.resume(self.get_object())).data)


class DeliveryViewSet(mixins.ListModelMixin, GenericViewSet[Delivery]):
    """The events sent to one webhook, the newest first; those of the last 30 days."""

    serializer_class = DeliverySerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = dict.fromkeys(["list", "create"], keeps_catalogue)
    queryset = Delivery.objects.all()

    def get_sort_key(self) -> str:
        return "-id"

    def get_queryset(self) -> "QuerySet[Delivery]":
        return self._webhook().deliveries.all()

    def create(self, request: Request, pk: int) -> Response:
        """Send one of them again, as far as you may still see it."""
        webhook = self._webhook()
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        delivery = webhooks.send_again(webhook, serializer.validated_data["event"])
        return Response(self.get_serializer(delivery).data, status=status.HTTP_201_CREATED)

    def _webhook(self) -> Webhook:
        return get_object_or_404(Webhook.objects.visible_to(self.request.user), pk=self.kwargs["pk"])


EVENT = OpenApiWebhook(
    name="event",
    decorator=extend_schema(
        summary="Something happened",
        description=(
            "Sent to the address of each webhook whose owner may see it, with the headers of the Standard Webhooks "
            "specification: `webhook-id`, `webhook-timestamp`, `webhook-signature`. Answer with any 2xx."
        ),
        request=EventSerializer,
        responses={"2XX": None},
        tags=["webhooks"],
    ),
)
