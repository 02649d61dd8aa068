"""/api/users/me/sessions/: where the caller is signed in, and ending it."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from bookplate.api.permissions import Rights
from bookplate.people import sessions
from bookplate.people.models import Session, User
from bookplate.people.roles import is_signed_in


class SessionSerializer(serializers.ModelSerializer[Session]):
    of_page = serializers.BooleanField(
        source="is_of_page", read_only=True, help_text="Whether it is a browser on the library's own pages."
    )
    current = serializers.SerializerMethodField(help_text="Whether it is the sign-in of this request.")

    class Meta:
        model = Session
        fields = ["id", "device", "of_page", "created_at", "last_used_at", "current"]
        read_only_fields = fields

    def get_current(self, session: Session) -> bool:
        auth = self.context["request"].auth
        return isinstance(auth, Session) and auth.pk == session.pk


class SessionViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[Session]):
    """The caller's own sign-ins, the latest used first."""

    serializer_class = SessionSerializer
    permission_classes = [Rights]
    rights = {"list": is_signed_in, "destroy": is_signed_in, "end_others": is_signed_in}
    lookup_value_converter = "int"
    queryset = Session.objects.all()

    def get_queryset(self) -> "QuerySet[Session]":
        me = self.request.user
        return sessions.of_user(me) if isinstance(me, User) else Session.objects.none()

    def perform_destroy(self, instance: Session) -> None:
        if not sessions.end(instance.pk):
            raise Http404

    @extend_schema(operation_id="users_me_sessions_end_others", request=None, responses={204: None})
    def end_others(self, request: Request, *args: Any) -> Response:
        """Sign out everywhere else; the sign-in of this request goes on."""
        if isinstance(request.user, User):
            sessions.end_all(request.user, keep=request.auth if isinstance(request.auth, Session) else None)
        return Response(status=status.HTTP_204_NO_CONTENT)
