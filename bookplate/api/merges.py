"""/api/merges/: two books made one; taking such a merge away makes them two again."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from bookplate.api.copies import KeyField
from bookplate.api.lists import KeyPagination
from bookplate.api.objects import SafeObjects
from bookplate.api.permissions import Rights
from bookplate.catalog.duplicates.likeness import COMPARED
from bookplate.catalog.duplicates.models import Merge
from bookplate.catalog.models import Book
from bookplate.lending import merging, unmerging
from bookplate.people.models import Scope
from bookplate.people.roles import keeps_catalogue


class MergeSerializer(serializers.ModelSerializer[Merge]):
    class Meta:
        model = Merge
        fields = ["id", "kept", "merged", "title", "at"]
        read_only_fields = fields


WHOSE = {"type": "string", "enum": ["keep", "merged"]}


@extend_schema_field(
    {
        "type": "object",
        "properties": dict.fromkeys(COMPARED, WHOSE),
        "additionalProperties": False,
    }
)
class ValuesField(serializers.DictField):
    """Whose value stays, field by field."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.ChoiceField(choices=WHOSE["enum"]), **options)


class MergeBooksSerializer(serializers.Serializer[Any]):
    keep = KeyField(queryset=Book.objects.all(), help_text="The book that stays.")
    merged = KeyField(queryset=Book.objects.all(), help_text="The book that becomes part of it.")
    values = ValuesField(
        required=False,
        help_text="For a field whose value stays; of what is not named that of `keep`, or of `merged` if it has none.",
    )

    def validate_values(self, values: dict[str, Any]) -> dict[str, Any]:
        if unknown := ", ".join(sorted(values.keys() - set(COMPARED))):
            raise serializers.ValidationError(f"{unknown}: there is no such choice. Name {', '.join(COMPARED)}.")
        return values


class MergeViewSet(
    SafeObjects, mixins.CreateModelMixin, mixins.RetrieveModelMixin, mixins.ListModelMixin, mixins.DestroyModelMixin
):
    """Merges that are in force: the number of a merged book leads to the one that was kept."""

    serializer_class = MergeSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = dict.fromkeys(["list", "retrieve", "create", "destroy"], keeps_catalogue)
    scopes = dict.fromkeys(rights, Scope.CATALOGUE)
    lookup_value_converter = "int"
    queryset = Merge.objects.all()

    def get_queryset(self) -> "QuerySet[Merge]":
        return Merge.objects.in_force()

    def get_sort_key(self) -> str:
        return "-id"

    @extend_schema(request=MergeBooksSerializer, responses={201: MergeSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make two books one, with all their copies, loans and holds; 409 and the reason when it cannot be."""
        body = MergeBooksSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        merge = merging.merge(given["keep"], given["merged"], given.get("values"))
        data = MergeSerializer(merge).data
        return Response(data, status=status.HTTP_201_CREATED, headers=self.get_success_headers(data))

    def perform_destroy(self, instance: Merge) -> None:
        """Make them two again, each with what was its own; 409 and the reason when it cannot be."""
        unmerging.undo(instance)
