"""/api/audit/: who did what to whom, when and from where; for admins."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.viewsets import GenericViewSet

from bookplate.api.lists import KeyPagination, asked
from bookplate.api.permissions import Rights
from bookplate.core.models import Event
from bookplate.feed import audit
from bookplate.people.roles import is_admin


class AuditSerializer(serializers.ModelSerializer[Event]):
    class Meta:
        model = Event
        fields = ["id", "type", "at", "by", "address", "user", "member", "book", "copy", "note"]


class AuditQuery(serializers.Serializer[Any]):
    person = serializers.CharField(
        default="", max_length=150, allow_blank=True, help_text="A username: what they did and what was done to them."
    )
    type = serializers.CharField(
        default="", max_length=40, allow_blank=True, help_text="A type, or its first word: loan.opened, loan."
    )
    since = serializers.DateField(default=None, help_text="The first day.")
    until = serializers.DateField(default=None, help_text="The last day.")


@extend_schema_view(list=extend_schema(parameters=[AuditQuery]))
class AuditViewSet(mixins.ListModelMixin, GenericViewSet[Event]):
    """What somebody did, or what was done to somebody, the latest first."""

    serializer_class = AuditSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = {"list": is_admin}
    queryset = Event.objects.all()

    def get_queryset(self) -> "QuerySet[Event]":
        return audit.find(audit.Wanted(**asked(AuditQuery, self.request)))

    def get_sort_key(self) -> str:
        return "-id"
