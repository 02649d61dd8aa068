"""Lists: a JSON array, the next page in the `Link` header (RFC 8288), pages by key."""

from typing import Any

from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from bookplate.catalog import paging

DEFAULT_LIMIT, MOST = 100, 500


class PageQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=DEFAULT_LIMIT, help_text="How many at most.")
    after = serializers.CharField(
        default="", max_length=4000, help_text="The cursor in the `Link` header of the page before."
    )


def asked(query: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The query in the address, checked; a 400 that names what is wrong with it."""
    serializer = query(data=request.query_params)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class KeyPagination(BasePagination):
    """Sorts by the view's `get_sort_key()`, the id unless it says otherwise."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        page = asked(PageQuery, request)
        self.url = request.build_absolute_uri()
        self.page = paging.page(queryset, view.get_sort_key(), page["after"], page["limit"])
        return self.page.items

    def get_paginated_response(self, data: Any) -> Response:
        if not self.page.next:
            return Response(data)
        following = replace_query_param(self.url, "after", self.page.next)
        return Response(data, headers={"Link": f'<{following}>; rel="next"'})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return schema

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
            },
            {
                "name": "after",
                "in": "query",
                "schema": {"type": "string", "maxLength": 4000},
                "description": "From the `Link` header.",
            },
        ]
