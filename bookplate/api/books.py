"""/api/books/: the catalogue."""

from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.viewsets import ModelViewSet

from bookplate.api.json_fields import json_columns
from bookplate.api.lists import KeyPagination, PageQuery, asked, json_answer, link_to_next
from bookplate.api.objects import ChangeableObjects
from bookplate.api.permissions import Rights
from bookplate.catalog import books, isbn, listing
from bookplate.catalog.duplicates import merged
from bookplate.catalog.fields import ISBNField
from bookplate.catalog.filters import Filters
from bookplate.catalog.models import Book, not_in_the_future
from bookplate.catalog.paging import Place
from bookplate.catalog.rights import reads_catalogue
from bookplate.people.models import Scope
from bookplate.people.roles import keeps_catalogue


class ISBNSerializerField(serializers.CharField):
    """An ISBN in any form; empty is none."""

    def __init__(self, **kwargs: Any) -> None:
        # The model's 13 characters are what is kept; hyphens make what comes in longer.
        super().__init__(**kwargs | {"max_length": None, "allow_blank": True})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(None if data == "" else data)

    def to_internal_value(self, data: Any) -> str | None:  # type: ignore[override]
        try:
            return isbn.normalise(super().to_internal_value(data))
        except isbn.BadISBN as error:
            raise serializers.ValidationError(str(error)) from None


class BookSerializer(serializers.ModelSerializer[Book]):
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {ISBNField: ISBNSerializerField}

    class Meta:
        model = Book
        fields = ["id", "title", "author", "published_year", "isbn", "publisher", "edition", "language", "subjects"]

    def validate_published_year(self, year: int | None) -> int | None:
        not_in_the_future(year)
        return year


COLUMNS = json_columns(BookSerializer)
SEARCHED_FOR = "Searched-For"


def searched_for(text: str) -> dict[str, str]:
    """The header that says what was looked for instead, as an address writes it: headers are ASCII."""
    return {SEARCHED_FOR: quote(text)} if text else {}


def _moved(address: str) -> HttpResponse:
    """Never kept: the merge may be undone."""
    return HttpResponse(status=301, headers={"Location": address, "Cache-Control": "no-store"})


def _body(number: int) -> bytes:
    if (body := listing.json_book(COLUMNS, number)) is None:
        raise Http404
    return body


class FilterQuery(serializers.Serializer[Any]):
    """What the catalogue can be narrowed to; everything else in the address is ignored."""

    search = serializers.CharField(
        default="",
        max_length=500,
        allow_blank=True,
        help_text='Words, begun or whole, "phrases", -word, author:, title:, subject:, year:1990..1999; or an ISBN.',
    )
    exact = serializers.BooleanField(default=False, help_text="Search for the words as they are spelt, and no others.")
    author = serializers.CharField(
        default="", max_length=500, allow_blank=True, help_text="Words of the author's name; the last may be begun."
    )
    title = serializers.CharField(
        default="", max_length=500, allow_blank=True, help_text="Words of the title; the last may be begun."
    )
    subject = serializers.CharField(default="", max_length=500, allow_blank=True, help_text="A subject as a whole.")
    isbn = serializers.CharField(default="", max_length=40, allow_blank=True, help_text="In any form.")
    published_year = serializers.IntegerField(default=None, min_value=-9999, max_value=9999)
    published_year__gte = serializers.IntegerField(default=None, min_value=-9999, max_value=9999)
    published_year__lte = serializers.IntegerField(default=None, min_value=-9999, max_value=9999)
    language = serializers.CharField(default="", max_length=8, allow_blank=True, help_text="ISO 639 code.")
    available = serializers.BooleanField(
        default=None, allow_null=True, help_text="Whether a copy that you may see is in."
    )


class BookQuery(FilterQuery):
    """The same, and what the list is sorted by."""

    ordering = serializers.ChoiceField(
        default="",
        allow_blank=True,
        choices=sorted(listing.ORDERINGS),
        help_text="A search goes by what fits best unless told otherwise, all else by id.",
    )


@extend_schema_view(list=extend_schema(parameters=[BookQuery]))
class BookViewSet(ChangeableObjects, ModelViewSet[Book]):
    """Editions: the same for all their copies, public knowledge."""

    serializer_class = BookSerializer
    permission_classes = [Rights]
    pagination_class = KeyPagination
    rights = {
        "list": reads_catalogue,
        "retrieve": reads_catalogue,
        "create": keeps_catalogue,
        "update": keeps_catalogue,
        "partial_update": keeps_catalogue,
        "destroy": keeps_catalogue,
    }
    scopes = {"list": Scope.READ, "retrieve": Scope.READ} | dict.fromkeys(
        ["create", "update", "partial_update", "destroy"], Scope.CATALOGUE
    )
    lookup_value_converter = "int"
    queryset = Book.objects.all()

    def is_same_for_everybody(self) -> bool:
        """Editions are; which of them have a copy that is in depends on who asks."""
        return self.action in ("list", "retrieve") and "available" not in self.request.GET

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        wanted, page = asked(BookQuery, request), asked(PageQuery, request)
        ordering, filters = wanted.pop("ordering"), Filters(**wanted)
        place = Place(listing.order(ordering, filters), page["after"], page["limit"])
        found = listing.json_page(COLUMNS, filters, request.user, place)
        return json_answer(found.body, link_to_next(request, found.next) | searched_for(found.searched_for))

    @extend_schema(responses={200: BookSerializer, 301: OpenApiResponse(description="It is part of another book now.")})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.read_as(_body(kwargs["pk"]))
        except Http404:
            if (now := merged.where(kwargs["pk"])) is None:
                raise
        return _moved(request.build_absolute_uri(f"../{now}/"))

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except Http404:
            if (now := merged.where(self.kwargs["pk"])) is None:
                raise
        # Not led on, as reading is: nobody should change or remove another book than the one they named.
        raise NotFound(f"This book is part of book {now} now.")

    def body_of(self, found: Book) -> bytes:
        return _body(found.pk)

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = books.add(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = books.change(serializer.instance, **serializer.validated_data)

    def perform_destroy(self, instance: Book) -> None:
        books.remove(instance)
