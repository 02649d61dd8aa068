"""Model fields that keep their promise for every write of the ORM, `bulk_create` and `update` included."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from bookplate.catalog import isbn
from bookplate.catalog.duplicates import titles
from bookplate.catalog.search import words
from bookplate.people.fields import DerivedField, PlainField, SortKeyField

# The sort key and the search text stand under these names in a migration.
__all__ = ["ISBNField", "SearchTextField", "SortKeyField", "TwinKeyField", "WordsField"]


class ISBNField(models.CharField):  # type: ignore[type-arg]
    """An ISBN in whatever form it came, stored as its 13 digits; an empty one is NULL."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"max_length": 13})

    def to_python(self, value: Any) -> str | None:
        try:
            return None if value is None else isbn.normalise(str(value))
        except isbn.BadISBN as error:
            raise ValidationError(str(error), code="isbn") from None

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        """For look-ups: any form finds the book, and what is no ISBN finds nothing."""
        try:
            return self.to_python(value)
        except ValidationError:
            return str(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return super().get_db_prep_save(value if hasattr(value, "as_sql") else self.to_python(value), connection)

    def formfield(self, **kwargs: Any) -> Any:
        # Hyphens make what people paste longer than what is kept.
        return super().formfield(**kwargs | {"max_length": 40})


class WordsField(DerivedField, models.TextField):  # type: ignore[type-arg]
    """The words that a book is found by (catalog/search/words.py)."""

    def derive(self, values: dict[str, Any]) -> str:
        return words.of_book(*(values[name] for name in words.SOURCES))


class TwinKeyField(DerivedField, PlainField):
    """What a book has in common with those that may be the same (catalog/duplicates/titles.py)."""

    def derive(self, values: dict[str, Any]) -> str:
        return titles.key(values["title"])


class SearchTextField(DerivedField, models.TextField):  # type: ignore[type-arg]
    """What the first migration knew; nothing has it any more."""
