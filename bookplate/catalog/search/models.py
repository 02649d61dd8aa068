"""The words that books have, for finding what a misspelt one was meant to be."""

from django.db import models
from django.db.models import Value
from django.db.models.functions import Length, Substr

from bookplate.catalog.search.tokens import LONGEST
from bookplate.people.fields import PlainField

_THIRD = Length("text") / Value(3)
_HALF_OF_THE_REST = (Length("text") - _THIRD) / Value(2)


def _piece(start: models.Expression, length: models.Expression | None = None) -> models.GeneratedField:
    return models.GeneratedField(
        expression=Substr("text", start, length), output_field=PlainField(max_length=LONGEST), db_persist=True
    )


class Word(models.Model):
    """A word of three letters or more; the triggers of the index add it with the first book that has it.

    It stays when its last book goes: how many books have it, the index says. One word may stand here twice: two desks
    that add it at once would have to wait for each other, and in two orders for ever, if it had to be unique.
    """

    text = PlainField(max_length=LONGEST)
    # Of three pieces, two mistakes leave one whole: by its pieces all words near another are found (spelling.py).
    length = models.GeneratedField(expression=Length("text"), output_field=models.SmallIntegerField(), db_persist=True)
    head = _piece(Value(1), _THIRD)
    middle = _piece(_THIRD + Value(1), _HALF_OF_THE_REST)
    tail = _piece(_THIRD + _HALF_OF_THE_REST + Value(1))

    class Meta:
        indexes = [models.Index(fields=["text"], name="word_by_text")] + [
            models.Index(fields=[piece, "length"], name=f"word_by_{piece}") for piece in ("head", "middle", "tail")
        ]

    def __str__(self) -> str:
        return str(self.text)
