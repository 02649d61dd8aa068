"""What else hangs on a book and goes with it when it is merged: kept as text, to be there again when that is undone."""

from datetime import datetime
from itertools import chain
from typing import Any

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import CASCADE, ForeignObjectRel, Model, QuerySet

from bookplate.catalog.models import Book


class _ToTheMicrosecond(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def written(book: Book) -> str:
    """The rows that would be deleted with `book`."""
    rows = chain.from_iterable(_rows(relation, book) for relation in Book._meta.related_objects)
    return str(serializers.serialize("json", rows, cls=_ToTheMicrosecond))


def _rows(relation: ForeignObjectRel, book: Book) -> "QuerySet[Model]":
    model = relation.related_model
    rows: QuerySet[Model] = model._default_manager.all()
    return rows.filter(**{relation.field.name: book}) if relation.on_delete is CASCADE else rows.none()


def restore(text: str) -> None:
    """Those rows again; what hangs on something else that is gone by now stays away."""
    for row in serializers.deserialize("json", text):
        if _is_whole(row.object):
            row.save()


def _is_whole(row: Model) -> bool:
    keys = [field for field in row._meta.concrete_fields if field.remote_field]
    return all(
        field.remote_field.model._default_manager.filter(pk=getattr(row, field.attname)).exists()  # type: ignore[union-attr]
        for field in keys
        if getattr(row, field.attname) is not None
    )
