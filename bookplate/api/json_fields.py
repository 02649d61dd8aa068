"""Which columns the database writes for a serializer: one declaration for what is written, read and documented."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from rest_framework import serializers

from bookplate.catalog.json_rows import Columns

# What both databases write as the serializer does, down to null; any other kind each of them writes in its own way.
KINDS: list[tuple[Any, tuple[type[Any], ...]]] = [
    (serializers.CharField.to_representation, (models.CharField, models.TextField)),
    (serializers.IntegerField.to_representation, (models.IntegerField,)),
    (serializers.BigIntegerField.to_representation, (models.IntegerField,)),
]


def json_columns(serializer: type[serializers.ModelSerializer[Any]]) -> Columns:
    """The fields that `serializer` reads, each with its column.

    Raises `ImproperlyConfigured` for one that the database would write in another way.
    """
    read = {name: field for name, field in serializer().fields.items() if not field.write_only}
    model: Any = serializer.Meta.model
    columns = {field.name: field for field in model._meta.fields}
    for name, field in read.items():
        if not _is_written_alike(field, columns.get(field.source or "")):
            raise ImproperlyConfigured(
                f"{serializer.__name__}.{name}: the database writes books as JSON, and of a {type(field).__name__} it "
                "would write something else than the serializer. Use a text or integer column, or teach "
                "catalog/json_rows.py and api/json_fields.py this kind, on both databases."
            )
    return tuple((name, str(field.source)) for name, field in read.items())


def _is_written_alike(field: Any, column: Any) -> bool:
    return any(type(field).to_representation is written and isinstance(column, kinds) for written, kinds in KINDS)
