"""Django's own check of the database, as `manage.py check --database default` and every migration run it."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection

from bookplate.catalog.models import Book
from bookplate.catalog.search import index


@register(Tags.database)
def index_is_there(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    # Not before the first migration. A warning, for an error would keep the migration from mending it.
    if not databases or Book._meta.db_table not in connection.introspection.table_names():
        return []
    if not (missing := index.here().missing()):
        return []
    hint = "Run `bookplate reindex` (or `python manage.py reindex`)."
    return [Warning(f"The index of words lacks {', '.join(missing)}.", hint=hint, id="catalog.W001")]
