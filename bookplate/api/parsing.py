"""JSON bodies, read by `core.json`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser

from bookplate.api.problems import WORDS
from bookplate.core import json


class TooLarge(APIException):
    status_code = 413
    default_detail = WORDS[HTTPStatus.REQUEST_ENTITY_TOO_LARGE]


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            return json.loads(body)
        except json.BadJSON as error:
            raise ParseError(str(error)) from None


class FormParser(MultiPartParser):
    """A form with a file, in UTF-8 whatever it says: Django would decode it with any codec that Python has."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[Any, Any]":
        return super().parse(stream, media_type, {**(parser_context or {}), "encoding": "utf-8"})
