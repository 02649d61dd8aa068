"""Columns worked out from others of their row, in step with them whatever the ORM writes.

Neither a signal nor an overridden `save()` hears of `bulk_create` and `update`: see docs/decisions/derived-columns.md.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models, transaction

from bookplate.people.folding import sort_key

Row = TypeVar("Row", bound=models.Model)


class DerivedField(models.Field):  # type: ignore[type-arg]
    """Text worked out from other fields of the row, kept for the database to sort and search by."""

    def __init__(self, *args: Any, sources: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.sources = tuple(sources)
        super().__init__(*args, **kwargs | {"editable": False})

    def derive(self, values: dict[str, Any]) -> str:
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.derive({name: getattr(model_instance, name) for name in self.sources})
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs | {"sources": self.sources}


class PlainField(models.CharField):  # type: ignore[type-arg]
    """Text that every database compares and sorts by code point, whatever it was set up with."""

    def db_parameters(self, connection: Any) -> Any:
        collation = "C" if connection.vendor == "postgresql" else None
        return super().db_parameters(connection) | {"collation": collation}


class SortKeyField(DerivedField, PlainField):
    """One text field or several, folded; sorted by code point on every database."""

    def derive(self, values: dict[str, Any]) -> str:
        return sort_key(" ".join(str(value) for value in values.values() if value), self.max_length or 200)


def derived_from(model: type[models.Model], names: Iterable[str]) -> list[DerivedField]:
    """The columns of `model` that are worked out from any of the fields `names`."""
    changed = set(names)
    derived = [field for field in model._meta.local_fields if isinstance(field, DerivedField)]
    return [field for field in derived if set(field.sources) & changed]


class DerivingQuerySet(models.QuerySet[Row]):
    def update(self, **values: Any) -> int:
        """As Django's, and the derived columns of the rows follow."""
        derived = [field.name for field in derived_from(self.model, values) if field.name not in values]
        if not derived:
            return super().update(**values)
        with transaction.atomic():
            keys = list(self.values_list("pk", flat=True))
            count = super().update(**values)
            self._derive(keys, derived)
        return count

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:
        """As Django's, and where `update_fields` change rows that are there, their derived columns follow."""
        with transaction.atomic():
            rows = super().bulk_create(objs, *args, **kwargs)
            if derived := derived_from(self.model, kwargs.get("update_fields") or ()):
                self._derive([row.pk for row in rows], [field.name for field in derived])
        return rows

    def _derive(self, keys: list[Any], columns: list[str]) -> None:
        for row in self.model._default_manager.filter(pk__in=keys).iterator():
            row.save(update_fields=columns)

    def bulk_update(self, objs: Iterable[Row], fields: Iterable[str], batch_size: int | None = None) -> int:
        rows, changed = list(objs), set(fields)
        derived = derived_from(self.model, changed)
        for row in rows:
            for field in derived:
                field.pre_save(row, add=False)
        return super().bulk_update(rows, {*changed, *(field.name for field in derived)}, batch_size)


class DerivingModel(models.Model):
    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if (names := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*names, *(field.name for field in derived_from(type(self), names))}
        super().save(*args, **kwargs)
