from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import chain
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Choices, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from bookplate.core.ahead import ahead
from bookplate.core.errors import RemovedMeanwhile
from bookplate.core.sql import Sql

Row = TypeVar("Row", bound=models.Model)
# Rows in one statement; the databases keep it ready.
AT_ONCE = 1_000
# Fields of which the database gets the very value that the row has.
PLAIN = {models.CharField, models.TextField, models.SmallIntegerField, models.BigIntegerField, models.ForeignKey}
WAYS = ("get_prep_value", "get_db_prep_value", "get_db_prep_save")


def locked(row: Row) -> Row:
    """`row` as it is in the database now, locked until the transaction ends; raises `RemovedMeanwhile`."""
    # Not `type(row)`, which is another thing where Django made `request.user` lazy.
    now = row.__class__._default_manager.select_for_update().filter(pk=row.pk).first()
    if now is None:
        raise RemovedMeanwhile(f"{row} was removed meanwhile.")
    return now


def alone(lock: int) -> None:
    """Until the transaction ends, wait for everybody else who names this number of ours.

    On SQLite any transaction that writes is alone.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


def changed(row: Row, values: Mapping[str, Any]) -> Row:
    """`row` with `values`, saved; what others changed since it was read stays. Raises `RemovedMeanwhile`."""
    now = locked(row)
    for name, value in values.items():
        setattr(now, name, value)
    now.save()
    return now


def insert(row: models.Model) -> None:
    """Write a new row, as its `save` does, by a statement that is made once for each model."""
    fields, sql = _insertion(type(row))
    row.pk = sql.rows(_values(row, fields, add=True))[0][0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def insert_all(rows: Sequence[models.Model]) -> None:
    """Write new rows of one model, as `bulk_create` does, in a third of its time: for those that come by thousands.

    What a field has of its own (derived columns, ISBNs) it has here, too; that plain texts and numbers are such is for
    the caller to know, as is that related rows are written already.
    """
    if not rows:
        return
    model = type(rows[0])
    portions = [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]
    values = map(partial(_prepared, model), portions)
    for some, prepared in zip(portions, ahead(values) if len(portions) > 1 else values, strict=True):
        for row, number in zip(some, insert_values(model, prepared), strict=True):
            row.pk = number
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _prepared(model: type[models.Model], rows: Sequence[models.Model]) -> list[Sequence[Any]]:
    return [*zip(*(_column(field, rows) for field in _insertion(model)[0]), strict=True)]


def insert_values(model: type[models.Model], rows: Sequence[Sequence[Any]]) -> list[int]:
    """Write new rows of values as the database takes them, in the order of the model's fields; gives their numbers."""
    numbers: list[int] = []
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        found = bulk_insertion(model, len(some)).rows(list(chain.from_iterable(some)))
        numbers += (number for (number,) in found)
    return numbers


def _column(field: "models.Field[Any, Any]", rows: Iterable[models.Model]) -> Iterable[Any]:
    """What the rows have in this field, as the database takes it."""
    if type(field) in PLAIN:
        given = map(attrgetter(field.attname), rows)
        return map(plain, given) if field.choices else given
    values = [field.pre_save(row, add=True) for row in rows]
    if _is_plain(field):
        return values
    # Of many rows that came at once the moment is one and the same.
    each, database = {id(value): value for value in values}, connections[DEFAULT_DB_ALIAS]
    prepared = {place: _written(field, value, database) for place, value in each.items()}
    return [prepared[id(value)] for value in values]


def _is_plain(field: "models.Field[Any, Any]") -> bool:
    """Whether the database gets the very value, whatever the field does to the row before."""
    return any(all(getattr(type(field), way) is getattr(known, way) for way in WAYS) for known in PLAIN)


def update(row: models.Model, *names: str) -> None:
    """Write these fields of a row that is there, likewise."""
    fields, sql = _change(type(row), names)
    sql.rows([*_values(row, fields, add=False), row.pk])


Fields: TypeAlias = "Sequence[models.Field[Any, Any]]"


@cache
def _insertion(model: type[models.Model]) -> tuple[Fields, Sql]:
    told = (field for field in model._meta.local_concrete_fields if not field.generated)
    fields = [field for field in told if not isinstance(field, models.AutoField)]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    returning = f'RETURNING "{model._meta.pk.column}"'
    # Of names in the models alone.
    return fields, Sql(f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places}) {returning}')  # noqa: S608


@lru_cache(30)
def bulk_insertion(model: type[models.Model], rows: int) -> Sql:
    """The statement that writes so many."""
    _, sql = _insertion(model)
    begin, _, rest = sql.text.partition("VALUES ")
    places, _, end = rest.partition(" RETURNING")
    return Sql(f"{begin}VALUES {', '.join([places] * rows)} RETURNING{end}")


@cache
def _change(model: type[models.Model], names: Sequence[str]) -> tuple[Fields, Sql]:
    fields: Fields = [field for field in model._meta.local_concrete_fields if field.name in names]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    return fields, Sql(f'UPDATE "{model._meta.db_table}" SET {columns} WHERE "id" = %s')  # noqa: S608


def _values(row: models.Model, fields: Fields, *, add: bool) -> list[Any]:
    database = connections[DEFAULT_DB_ALIAS]
    return [_written(field, field.pre_save(row, add=add), database) for field in fields]


def _written(field: "models.Field[Any, Any]", value: Any, database: BaseDatabaseWrapper) -> Any:
    """Nothing is nothing for every field; to ask each of them would take as long as to write the row."""
    return None if value is None else plain(field.get_db_prep_save(value, database))


def written(model: type[models.Model], name: str, value: Any) -> Any:
    """A value as the database takes it for this field."""
    return _written(model._meta.get_field(name), value, connections[DEFAULT_DB_ALIAS])  # type: ignore[arg-type]


def plain(value: Any) -> Any:
    """A member of `TextChoices` as the text that it is: `sqlite3` asks around for long what to do with any other."""
    return value.value if isinstance(value, Choices) else value


def at_most(table: str, **lengths: int) -> list[models.CheckConstraint]:
    """The lengths of text columns as constraints: PostgreSQL keeps `max_length` by itself, SQLite does not."""
    return [
        models.CheckConstraint(condition=LessThanOrEqual(Length(name), length), name=f"{table}_{name}_length")
        for name, length in lengths.items()
    ]


class Audience(models.TextChoices):
    """Who an event is for; `Event.audience_of` says which group or user where one is meant."""

    PUBLIC = "public", "everyone"
    MEMBERS = "members", "signed-in people"
    GROUP = "group", "the people of one group"
    FRIENDS = "friends", "one user and their friends"
    USER = "user", "one user"
    STAFF = "staff", "the desk"
    ADMINS = "admins", "admins"


FORGOTTEN: dict[str, str | int] = {"note": "", "by": 0}


class EventQuerySet(models.QuerySet["Event"]):
    """Append only: what happened, happened."""

    def update(self, **values: Any) -> int:
        raise TypeError("Events are append only; `forget` takes a person out of them.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("Events are append only.")

    def expire(self) -> int:
        """Remove what is past its time; how many. The newest stays, as numbers are counted from it."""
        newest = Event.objects.order_by("-id").values("pk")[:1]
        return super().exclude(pk__in=list(newest.values_list("pk", flat=True)))._raw_delete(self.db)

    def forget(self, *names: str) -> int:
        """Empty these columns, for privacy's sake alone; how many events. That somebody did it stays (`by` is 0)."""
        return super().update(**{name: FORGOTTEN.get(name) for name in names})


class Event(models.Model):
    """Something that happened, written in the transaction that made it happen; never changed.

    Numbers instead of foreign keys: an event outlives what it tells of. Who did it, from where and to
    whom is for the audit page alone and never travels (`feed.audit`).
    """

    type = models.CharField(max_length=40)
    at = models.DateTimeField()
    audience = models.CharField(max_length=10, choices=Audience)
    audience_of = models.BigIntegerField(null=True)
    book = models.BigIntegerField(null=True)
    copy = models.BigIntegerField(null=True)
    by = models.BigIntegerField(null=True)
    address = models.GenericIPAddressField(null=True)
    user = models.BigIntegerField(null=True)
    member = models.BigIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["by", "id"], condition=Q(by__isnull=False), name="event_by_whom"),
            models.Index(fields=["user", "id"], condition=Q(user__isnull=False), name="event_to_whom"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.type}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Events are append only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("Events are append only.")


class IdempotencyKey(models.Model):
    """The answer given to a `POST` with an `Idempotency-Key`, kept in that change's own transaction."""

    user = models.BigIntegerField()
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_idempotency_key")]

    def __str__(self) -> str:
        return self.key


class Lease(models.Model):
    """That somebody works on a background task: no longer, once it was not renewed for a while (`core.tasks`)."""

    task = models.UUIDField(primary_key=True)
    renewed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.task)
