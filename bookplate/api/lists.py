"""Lists: a JSON array, the next page in the `Link` header (RFC 8288), pages by key."""

from functools import cache
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse, QueryDict
from django.utils.encoding import iri_to_uri
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from bookplate.catalog import paging

MOST = 500


class PageQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST, default=paging.USUAL_LIMIT, help_text="How many at most."
    )
    after = serializers.CharField(
        default="", max_length=4000, help_text="The cursor in the `Link` header of the page before."
    )


def asked(query: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The query in the address, checked; a 400 that names what is wrong with it.

    Only what the address names is looked at: to make a serializer and ask each of its fields costs more than the list.
    """
    fields, usual = _fields(query)
    values, errors = dict(usual), {}
    for name in request.query_params:
        if field := fields.get(name):
            try:
                values[name] = field.run_validation(field.get_value(request.query_params))
            except serializers.ValidationError as error:
                errors[name] = error.detail
    if errors:
        raise serializers.ValidationError(errors)
    return values


@cache
def _fields(query: type[serializers.Serializer[Any]]) -> tuple[dict[str, serializers.Field[Any, Any, Any, Any]], Any]:
    """The fields of `query`, and what each is worth when the address does not name it: none of them is required."""
    nothing = query(data=QueryDict())
    nothing.is_valid(raise_exception=True)
    return dict(nothing.fields), dict(nothing.validated_data)


def json_answer(body: bytes, headers: dict[str, str] | None = None) -> HttpResponse:
    """JSON that is written already; what DRF adds to its own answers it adds to this one."""
    return HttpResponse(body, content_type="application/json", headers=headers)


def link_to_next(request: Request, after: str) -> dict[str, str]:
    """The header that names the page after this one, if there is one: the same query, but for the cursor."""
    if not after:
        return {}
    asked = request.META["QUERY_STRING"].split("&")
    query = "&".join([*(part for part in asked if part and not part.startswith("after=")), f"after={after}"])
    return {
        "Link": f'<{request.scheme}://{request.get_host()}{iri_to_uri(f"{quote(request.path)}?{query}")}>; rel="next"'
    }


class KeyPagination(BasePagination):
    """Sorts by the view's `get_sort_key()`, the id unless it says otherwise."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        page = asked(PageQuery, request)
        self.request = request
        self.page = paging.page(queryset, view.get_sort_key(), page["after"], page["limit"])
        return self.page.items

    def get_paginated_response(self, data: Any) -> Response:
        return Response(data, headers=link_to_next(self.request, self.page.next))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return schema

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": paging.USUAL_LIMIT},
            },
            {
                "name": "after",
                "in": "query",
                "schema": {"type": "string", "maxLength": 4000},
                "description": "From the `Link` header.",
            },
        ]
