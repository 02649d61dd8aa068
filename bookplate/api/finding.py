"""/api/books/facets/ and /api/books/suggestions/: what helps to find a book."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.api.books import FilterQuery
from bookplate.api.lists import asked
from bookplate.api.permissions import Rights
from bookplate.catalog.filters import Filters
from bookplate.catalog.rights import reads_catalogue
from bookplate.catalog.search import facets, suggestions
from bookplate.people.models import Scope


class LanguageCount(serializers.Serializer[Any]):
    value = serializers.CharField()
    count = serializers.IntegerField()


class SubjectCount(LanguageCount):
    """A subject as most books spell it."""


class DecadeCount(serializers.Serializer[Any]):
    value = serializers.IntegerField(help_text="The year that it begins with.")
    count = serializers.IntegerField()


class FacetsAnswer(serializers.Serializer[Any]):
    total = serializers.IntegerField(help_text="How many books fit.")
    searched_for = serializers.CharField(
        allow_null=True, help_text="What was searched for instead, where nothing fits the search as it is spelt."
    )
    estimated = serializers.BooleanField(help_text="Whether all counts but the total are estimates.")
    available = serializers.IntegerField(help_text="How many have a copy that you may see and that is in.")
    language = LanguageCount(many=True)
    subject = SubjectCount(many=True)
    decade = DecadeCount(many=True)


class SuggestionAnswer(serializers.Serializer[Any]):
    text = serializers.CharField()
    kind = serializers.ChoiceField(choices=["title", "author"])


class SuggestionQuery(serializers.Serializer[Any]):
    q = serializers.CharField(default="", max_length=500, allow_blank=True, help_text="What is typed so far.")


class Public(APIView):
    permission_classes = [Rights]
    rights = {"get": reads_catalogue}
    scopes = {"get": Scope.READ}


class FacetsView(Public):
    @extend_schema(parameters=[FilterQuery], responses=FacetsAnswer)
    def get(self, request: Request) -> Response:
        """How the books that fit divide: how many there are, in which languages, subjects and decades."""
        found = facets.of(Filters(**asked(FilterQuery, request)), request.user)
        return Response(
            {
                "total": found.total,
                "searched_for": found.searched_for or None,
                "estimated": found.estimated,
                "available": found.available,
                "language": _counts(found.languages),
                "subject": _counts(found.subjects),
                "decade": _counts(found.decades),
            }
        )


def _counts(counts: facets.Counts) -> list[dict[str, str | int]]:
    return [{"value": value, "count": count} for value, count in counts]


class SuggestionsView(Public):
    def is_same_for_everybody(self) -> bool:
        return True

    @extend_schema(parameters=[SuggestionQuery], responses=SuggestionAnswer(many=True))
    def get(self, request: Request) -> Response:
        """Titles and authors that begin with what is typed or have such words."""
        found = suggestions.of(asked(SuggestionQuery, request)["q"])
        return Response([{"text": each.text, "kind": each.kind} for each in found])
