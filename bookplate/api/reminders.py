"""/api/users/me/reminders/: which reminders the caller gets by mail."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.lending import reminders
from bookplate.lending.models import How
from bookplate.people.models import User


class RemindersSerializer(serializers.Serializer[Any]):
    how = serializers.ChoiceField(choices=How.choices)


class RemindersView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=RemindersSerializer)
    def get(self, request: Request) -> Response:
        """How you are reminded by mail."""
        return Response({"how": reminders.chosen(request.user.pk)})

    @extend_schema(request=RemindersSerializer, responses=RemindersSerializer)
    def put(self, request: Request) -> Response:
        """Choose how you are reminded by mail."""
        serializer = RemindersSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        reminders.choose(cast(User, request.user), How(serializer.validated_data["how"]))
        return self.get(request)
