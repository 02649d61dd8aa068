from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class ConfigConfig(AppConfig):
    name = "bookplate.config"
    label = "config"
    verbose_name = "Bookplate"

    def ready(self) -> None:
        connection_created.connect(_without_compiling)


def _without_compiling(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """PostgreSQL would compile what it takes for dear, such as a search's many tiers, for longer than running it takes.

    Not told as an option of the connection, for poolers between us and the server refuse those.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")
