"""/api/events/: what happened, for clients without a socket."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.api.lists import asked
from bookplate.feed import catalogue, reading
from bookplate.feed.polls import told_to
from bookplate.people.models import Scope


class EventQuery(serializers.Serializer[Any]):
    since = serializers.IntegerField(
        default=0, min_value=0, max_value=2**63 - 1, help_text="The number of the last event you know."
    )
    wait = serializers.IntegerField(
        default=0, min_value=0, max_value=30, help_text="So many seconds to wait while there is nothing to tell."
    )


class EventSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=catalogue.choices())
    at = serializers.DateTimeField()
    book = serializers.IntegerField(required=False)
    copy = serializers.IntegerField(required=False)


class EventsView(APIView):
    permission_classes = [IsAuthenticated]
    scopes = {"get": Scope.READ}

    @extend_schema(parameters=[EventQuery], responses=EventSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The events after `since` that the caller may see, oldest first, 500 at most.

        The header `Last-Event` says up to which event you have heard all that is for you: the next `since`.
        `Event-Gap` is there when some of what came after `since` is not kept any more: read everything anew.
        With `wait`, an empty answer comes only after so many seconds (`live.polling`).
        """
        told_to(request._request, request.user.pk)
        since = asked(EventQuery, request)["since"]
        read = reading.since(request.user, since)
        return Response([reading.frame(event) for event in read.events], headers=reading.headers(since, read))
