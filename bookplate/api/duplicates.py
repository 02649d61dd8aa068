"""/api/duplicates/ and /api/dismissals/: pairs of books that may be one edition, and those that are not."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookplate.api.books import BookSerializer
from bookplate.api.copies import KeyField
from bookplate.api.lists import KeyPagination, PageQuery, asked, link_to_next
from bookplate.api.objects import SafeObjects
from bookplate.api.permissions import Rights
from bookplate.catalog.duplicates import dismissals, finding
from bookplate.catalog.duplicates.finding import Pair
from bookplate.catalog.duplicates.likeness import COMPARED, Likeness
from bookplate.catalog.duplicates.models import Dismissal
from bookplate.catalog.models import Book
from bookplate.people.models import Scope
from bookplate.people.roles import keeps_catalogue


class CountedBookSerializer(BookSerializer):
    copies = serializers.IntegerField(source="copies_total", help_text="Those that you may see.")

    class Meta(BookSerializer.Meta):
        fields = [*BookSerializer.Meta.fields, "copies"]


class DuplicateSerializer(serializers.Serializer[Any]):
    likeness = serializers.ChoiceField(choices=Likeness.choices)
    differing = serializers.ListField(
        child=serializers.ChoiceField(choices=COMPARED), help_text="The fields that are not alike to the letter."
    )
    books = serializers.SerializerMethodField(help_text="The two, the one that was there before the other first.")

    @extend_schema_field(CountedBookSerializer(many=True))
    def get_books(self, pair: Pair) -> Any:
        return CountedBookSerializer([pair.first, pair.second], many=True).data


class DuplicateQuery(serializers.Serializer[Any]):
    maybe = serializers.BooleanField(
        default=False, help_text="Those instead that may be other editions: with two ISBNs, other years or publishers."
    )


class DuplicatesView(APIView):
    permission_classes = [Rights]
    rights = {"get": keeps_catalogue}
    scopes = {"get": Scope.CATALOGUE}

    @extend_schema(
        parameters=[DuplicateQuery, PageQuery], responses=DuplicateSerializer(many=True), operation_id="duplicates_list"
    )
    def get(self, request: Request) -> Response:
        """Pairs that are probably one edition; a page may be short or empty and the next one not."""
        page, maybe = asked(PageQuery, request), asked(DuplicateQuery, request)["maybe"]
        found = finding.page(request.user, page["after"], page["limit"], probable=not maybe)
        return Response(DuplicateSerializer(found.pairs, many=True).data, headers=link_to_next(request, found.next))


class DismissalSerializer(serializers.ModelSerializer[Dismissal]):
    books = serializers.SerializerMethodField()

    class Meta:
        model = Dismissal
        fields = ["id", "books", "at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_books(self, dismissal: Dismissal) -> list[int]:
        return [dismissal.first_id, dismissal.second_id]


class DismissSerializer(serializers.Serializer[Any]):
    books = serializers.ListField(
        child=KeyField(queryset=Book.objects.all()), min_length=2, max_length=2, help_text="The ids of two books."
    )


class DismissalViewSet(
    SafeObjects, mixins.CreateModelMixin, mixins.RetrieveModelMixin, mixins.ListModelMixin, mixins.DestroyModelMixin
):
    """Two books that somebody said are not the same; they are no duplicates any more."""

    serializer_class = DismissalSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = dict.fromkeys(["list", "retrieve", "create", "destroy"], keeps_catalogue)
    scopes = dict.fromkeys(rights, Scope.CATALOGUE)
    lookup_value_converter = "int"
    queryset = Dismissal.objects.all()

    def get_queryset(self) -> "QuerySet[Dismissal]":
        return Dismissal.objects.all()

    def get_sort_key(self) -> str:
        return "-id"

    @extend_schema(request=DismissSerializer, responses={201: DismissalSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that two books are not the same; a second time changes nothing."""
        body = DismissSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = DismissalSerializer(dismissals.dismiss(*body.validated_data["books"])).data
        return Response(data, status=status.HTTP_201_CREATED, headers=self.get_success_headers(data))

    def perform_destroy(self, instance: Dismissal) -> None:
        """Take it back: they are shown again."""
        dismissals.take_back(instance)
