"""/api/lists/<name>/: the desk's lists for the day."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.api.lists import PageQuery, asked, link_to_next
from bookplate.api.permissions import Rights
from bookplate.lending.lists import LISTS
from bookplate.people.models import Scope
from bookplate.people.roles import works_at_desk

NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, enum=sorted(LISTS))


class LineSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Of the loan; in `to-pull` of the hold.")
    book = serializers.IntegerField(source="book.pk")
    title = serializers.CharField(source="book.title")
    author = serializers.CharField(source="book.author")
    copy = serializers.CharField(source="copy.barcode", default=None, allow_null=True, help_text="Its barcode.")
    shelfmark = serializers.CharField(source="copy.shelfmark", default="")
    state = serializers.CharField(source="copy.state", default="", help_text="Of the copy, now.")
    member = serializers.CharField(source="member.card", default=None, allow_null=True, help_text="A card number.")
    name = serializers.CharField(source="member.__str__", default="")
    at = serializers.DateTimeField(help_text="When it was due, came back, or since when they wait.")


class DayListView(APIView):
    permission_classes = [Rights]
    rights = {"get": works_at_desk}
    scopes = {"get": Scope.DESK}

    @extend_schema(parameters=[NAME, PageQuery], responses=LineSerializer(many=True), operation_id="lists_retrieve")
    def get(self, request: Request, name: str) -> Response:
        """What is overdue, what to pull from the shelves for holds, what came back today; of the library's copies."""
        if name not in LISTS:
            raise Http404
        page = asked(PageQuery, request)
        lines, after = LISTS[name].page(request.user, page["after"], page["limit"])
        return Response(LineSerializer(lines, many=True).data, headers=link_to_next(request, after))
