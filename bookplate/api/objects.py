"""Single objects: `ETag` and `If-None-Match` on reading, `If-Match` on changing (RFC 9110, 13).

Writes run in one transaction; when two of them meet at a unique constraint, the slower one is told
which field is taken, as if the other had come first.
"""

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.db import IntegrityError, models, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from bookplate.api.lists import json_answer
from bookplate.core.errors import RemovedMeanwhile

CHANGING = {"update", "partial_update", "destroy"}


class PreconditionFailed(exceptions.APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "It has changed since you read it. Read it again, then repeat your change."


def etag(body: bytes) -> str:
    """A strong validator: equal for equal representations."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def matches(header: str, tag: str) -> bool:
    """Whether an `If-Match` or `If-None-Match` header names `tag`."""
    return header.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in header.split(","))


def not_modified(tag: str) -> HttpResponse:
    response = HttpResponse(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
    del response["Content-Type"]
    return response


class ReadableObjects(GenericViewSet[Any]):
    """Reading; stands before DRF's own mixins: `class UserViewSet(ReadableObjects, ReadOnlyModelViewSet)`."""

    def get_sort_key(self) -> str:
        return "id"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        return self.read_as(self.body_of(self.get_object()))

    def body_of(self, found: Any) -> bytes:
        """As it is read, whatever a change answers with: what `ETag` is made of and `If-Match` compared with."""
        return JSONRenderer().render(self.get_serializer(found).data)

    def read_as(self, body: bytes) -> HttpResponse:
        tag = etag(body)
        if matches(self.request.headers.get("If-None-Match", ""), tag):
            return not_modified(tag)
        return json_answer(body, {"ETag": tag})


class SafeObjects(ReadableObjects):
    """And creating: `class LoanViewSet(SafeObjects, CreateModelMixin)`."""

    in_transaction = True
    """Unless the room's function is the whole change: then what comes before need not hold up other writers."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._attempt(super().create, request, *args, **kwargs)  # type: ignore[misc]

    def get_success_headers(self, data: Any) -> dict[str, str]:
        return {"Location": self.request.build_absolute_uri(f"{data['id']}/")}

    def _attempt(self, write: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
        try:
            with transaction.atomic() if self.in_transaction else nullcontext():
                return write(request, *args, **kwargs)
        except (IntegrityError, RemovedMeanwhile):
            self._explain(request, bool(kwargs.get("partial")))
            raise

    def _explain(self, request: Request, partial: bool) -> None:
        """Raise what the serializer says now that the other writer's rows can be seen."""
        instance = super().get_object() if "pk" in self.kwargs else None
        self.get_serializer(instance, data=request.data, partial=partial).is_valid(raise_exception=True)


class ChangeableObjects(SafeObjects):
    """And changing and removing: `class BookViewSet(ChangeableObjects, ModelViewSet)`."""

    def get_object(self) -> Any:
        found = super().get_object()
        if self.action in CHANGING:
            # Locked first, so that what `If-Match` is compared with is what will be changed.
            found = get_object_or_404(self.get_queryset().select_for_update(of=("self",)), pk=found.pk)
            self._check_if_match(found)
        return found

    def _check_if_match(self, found: models.Model) -> None:
        wanted = self.request.headers.get("If-Match")
        if wanted is not None and not matches(wanted, etag(self.body_of(found))):
            raise PreconditionFailed

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._attempt(super().update, request, *args, **kwargs)  # type: ignore[misc]

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._attempt(super().destroy, request, *args, **kwargs)  # type: ignore[misc]
