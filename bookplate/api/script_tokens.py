"""/api/users/me/tokens/: the caller's tokens for scripts."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from bookplate.api.permissions import Rights
from bookplate.people import scripts
from bookplate.people.models import Scope, ScriptToken, User
from bookplate.people.roles import is_signed_in


class ScriptTokenSerializer(serializers.ModelSerializer[ScriptToken]):
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), min_length=1, max_length=3)
    days = serializers.IntegerField(
        min_value=1, max_value=scripts.LONGEST_DAYS, default=90, write_only=True, help_text="How long it lasts."
    )

    class Meta:
        model = ScriptToken
        fields = ["id", "name", "scopes", "days", "created_at", "expires_at", "last_used_at"]
        read_only_fields = ["created_at", "expires_at", "last_used_at"]


class MadeTokenSerializer(ScriptTokenSerializer):
    token = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(ScriptTokenSerializer.Meta):
        fields = [*ScriptTokenSerializer.Meta.fields, "token"]


@extend_schema_view(create=extend_schema(responses={201: MadeTokenSerializer}))
class ScriptTokenViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[ScriptToken]):
    """Those that are good now, the newest first."""

    serializer_class = ScriptTokenSerializer
    permission_classes = [Rights]
    rights = dict.fromkeys(["list", "create", "destroy"], is_signed_in)
    lookup_value_converter = "int"
    queryset = ScriptToken.objects.all()

    def get_queryset(self) -> "QuerySet[ScriptToken]":
        me = self.request.user
        return ScriptToken.objects.live().filter(user=me) if isinstance(me, User) else ScriptToken.objects.none()

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make one: its text is in this answer alone."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token, text = scripts.make(request.user, **serializer.validated_data)  # type: ignore[arg-type]
        made = self.get_serializer(token).data | {"token": text}
        return Response(made, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})

    def perform_destroy(self, instance: ScriptToken) -> None:
        if not scripts.end(instance):
            raise Http404
