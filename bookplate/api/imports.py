"""/api/imports/: lists that are brought in, how far they are, what of them failed."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bookplate.api.copies import KeyField
from bookplate.api.lists import KeyPagination
from bookplate.api.once import KEY, CreatedOnce
from bookplate.api.parsing import FormParser
from bookplate.api.permissions import Rights
from bookplate.catalog.importing import intake, mapping, pipeline, report, tasks, undo
from bookplate.catalog.importing.choices import MOST_COPIES
from bookplate.catalog.importing.models import Import, ImportFailure
from bookplate.catalog.models import Visibility
from bookplate.core import json
from bookplate.lending.moving import readings
from bookplate.lending.moving.dates import Order
from bookplate.people.models import Group, Scope, User
from bookplate.people.roles import is_signed_in, keeps_catalogue

OBJECT = 'Write an object such as {"title": "Werk", "author": 2}.'


class ImportSerializer(serializers.ModelSerializer[Import]):
    percent = serializers.IntegerField(help_text="Done so far.")

    class Meta:
        model = Import
        fields = ["id", "name", "format", "state", "dry_run", "copies", "owner", "owner_group", "shelfmark"]
        fields += ["visibility", "size", "percent", "read", "created", "updated", "unchanged", "failed", "skipped"]
        fields += ["problem", "unused_columns", "kept", "created_at", "started_at", "finished_at"]
        read_only_fields = fields


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "example": {"title": "Werk", "author": 2},
    }
)
class ColumnsField(serializers.CharField):
    """An object in JSON, as a field of a form has it."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            columns = json.loads(super().to_internal_value(data).encode(errors="replace"))
        except json.BadJSON as error:
            raise serializers.ValidationError(f"{OBJECT} {str(error).replace('The body', 'This', 1)}") from None
        if not isinstance(columns, dict):
            raise serializers.ValidationError(OBJECT)
        return columns


class OwnerField(KeyField):
    """Librarians fill the shelf of anybody, others their own."""

    def get_queryset(self) -> "QuerySet[User]":
        viewer = self.context["request"].user
        wanted = {"is_active": True} if keeps_catalogue(viewer) else {"pk": viewer.pk}
        people: QuerySet[User] = User.objects.filter(**wanted)
        return people


class OwnerGroupField(KeyField):
    def get_queryset(self) -> "QuerySet[Group]":
        return Group.objects.all() if keeps_catalogue(self.context["request"].user) else Group.objects.none()


class BringInSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True, help_text="Told by its content, whatever it is called.")
    dry_run = serializers.BooleanField(default=False, help_text="Say what would happen, and change nothing.")
    copies = serializers.IntegerField(
        default=1, min_value=0, max_value=MOST_COPIES, help_text="Of each new book; on a shelf, of each not there yet."
    )
    owner = OwnerField(required=False, queryset=User.objects.all(), help_text="Whose shelf the books come to.")
    owner_group = OwnerGroupField(required=False, queryset=Group.objects.all(), help_text="Or which group's.")
    shelfmark = serializers.CharField(
        default="", max_length=200, allow_blank=True, help_text="Of copies that the file gives none."
    )
    visibility = serializers.ChoiceField(
        default="", choices=Visibility.choices, allow_blank=True, help_text="As is usual for the owner, unless told."
    )
    columns = ColumnsField(
        required=False, max_length=10_000, help_text=f"By name, or number from 1. Fields: {', '.join(mapping.FIELDS)}."
    )
    dates = serializers.ChoiceField(
        default="",
        choices=[("day", "The day first"), ("month", "The month first")],
        allow_blank=True,
        help_text="Which comes first in dates such as 03/04/2026, where the file leaves it open.",
    )


class FailureSerializer(serializers.ModelSerializer[ImportFailure]):
    class Meta:
        model = ImportFailure
        fields = ["id", "position", "offset", "field", "reason"]


class FileRenderer(BaseRenderer):
    """Named so that a client may ask for it; what is sent is a file's bytes as they are."""

    media_type, format, charset = "application/octet-stream", "file", None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        return JSONRenderer().render(data)


@extend_schema_view(
    create=extend_schema(
        request={"multipart/form-data": BringInSerializer}, responses={201: ImportSerializer}, parameters=[KEY]
    )
)
class ImportViewSet(CreatedOnce, mixins.CreateModelMixin, mixins.RetrieveModelMixin, mixins.ListModelMixin):
    """Lists brought in: librarians see the library's, everybody those for their own shelf."""

    serializer_class = ImportSerializer
    permission_classes = [Rights]
    parser_classes = [FormParser]
    pagination_class = KeyPagination
    rights = dict.fromkeys(["list", "retrieve", "create", "failures", "failed_records", "cancel", "undo"], is_signed_in)
    scopes = dict.fromkeys(rights, Scope.CATALOGUE)
    lookup_value_converter = "int"
    queryset = Import.objects.all()

    def get_queryset(self) -> "QuerySet[Import]":
        return Import.objects.visible_to(self.request.user)

    def get_sort_key(self) -> str:
        return "id" if self.action == "failures" else "-id"

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Bring a file in, in the background; 400 and the reason when it cannot be read at all.

        What is packed is unpacked in the background, too: `problem` has the reason then.

        It is received outside of the transaction that makes the import, as that may take its time.
        """
        sent = BringInSerializer(data=request.data, context=self.get_serializer_context())
        sent.is_valid(raise_exception=True)
        chosen = dict(sent.validated_data)
        file, queue = chosen.pop("file"), readings.chosen(Order(chosen.pop("dates")), tasks.bring_in.enqueue)
        by = cast(User, request.user)
        with intake.arriving(file, file.name or "", by, later=True) as arrived:
            self.accept = partial(intake.accept, arrived, by=by, queue=queue, **chosen)
            return super().create(request, *args, **kwargs)

    def _create(self, request: Request) -> Response:
        made = ImportSerializer(self.accept()).data
        return Response(made, status=201, headers=self.get_success_headers(made))

    def sent(self, request: Request) -> bytes:
        data = cast("QueryDict", request.data)
        fields = [(name, data.getlist(name)) for name in data if name != "file"]
        file = cast("UploadedFile[Any]", data["file"])
        file.seek(0)
        return JSONRenderer().render([fields, file.name, hashlib.file_digest(file, "sha256").hexdigest()])

    @extend_schema(responses=FailureSerializer(many=True))
    @action(detail=True)
    def failures(self, request: Request, pk: int) -> Response:
        """Each record that failed, with its position and the reason."""
        page = self.paginate_queryset(self.get_object().failures.defer("content"))
        return self.get_paginated_response(FailureSerializer(page, many=True).data)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, url_path="failed", renderer_classes=[JSONRenderer, FileRenderer])
    def failed_records(self, request: Request, pk: int) -> HttpResponseBase:
        """The records that failed, in a file of the same kind, to be mended and brought in again."""
        job = self.get_object()
        if not job.failed or not job.has_file:
            raise Http404
        disposition = content_disposition_header(True, report.failed_name(job)) or "attachment"
        headers = {"Content-Disposition": disposition}
        return StreamingHttpResponse(report.failed_file(job), content_type=FileRenderer.media_type, headers=headers)

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """Stop; what was brought in until then stays. Once it is over, this changes nothing."""
        return self._after(pipeline.cancel)

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Take all of it back, in the background; 409 and the reason when somebody has used some of it."""
        return self._after(partial(undo.begin, queue=tasks.take_back.enqueue))

    def _after(self, act: Callable[[Import], object]) -> Response:
        job = self.get_object()
        act(job)
        job.refresh_from_db()
        return Response(ImportSerializer(job).data)
