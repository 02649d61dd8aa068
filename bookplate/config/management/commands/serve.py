"""`bookplate serve`: prepare the library and serve pages, API and sockets on one port."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from bookplate.catalog.search import index
from bookplate.config import demo, processes
from bookplate.people.models import User
from bookplate.people.roles import Role

# Any fixed number of our own.
START_LOCK = 0xB00E
LOCAL = {"127.0.0.1", "localhost", "::1"}


class Command(BaseCommand):
    help = "Serve pages, API and sockets on one port, the worker beside."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--workers", type=int, default=1, help="how many processes serve; more than one need REDIS_URL (default: 1)"
        )
        parser.add_argument(
            "--demo", action="store_true", help="load the demo library into an empty one and show its sign-ins"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        settings.DEMO = options["demo"]
        _refuse_what_cannot_be(options["host"], options["workers"])
        try:
            listener = processes.listen(options["host"], options["port"])
            with _one_at_a_time():
                self._prepare()
        except processes.PortInUse as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:
            setting = "DATABASE_URL" if settings.DATABASE_URL else "BOOKPLATE_DATA"
            told = " ".join(str(error).split())
            raise CommandError(f"The database of {setting} cannot be used ({told}).") from None
        self._welcome(*listener.getsockname()[:2])
        processes.serve(listener, options["workers"])

    def _prepare(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()) or index.here().missing():
            self.stdout.write("Preparing the database …")
            call_command("migrate", verbosity=0)
        if settings.DEMO:
            demo.load_if_empty()
            if not demo.is_loaded():
                raise CommandError(
                    f"{settings.DATA} holds a library of its own, not the demo. "
                    "Start it without --demo, or with bin/run --no-demo."
                )
        elif demo.is_loaded():
            raise CommandError(
                f"{settings.DATA} holds the demo library, whose passwords are known to all. "
                "Choose another folder with BOOKPLATE_DATA, or another DATABASE_URL."
            )
        elif sys.stdin.isatty() and not _has_admin():
            self.stdout.write("This library has no admin yet. Who shall it be?")
            call_command("createsuperuser")

    def _welcome(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        self.stdout.write(f"\n  {settings.LIBRARY_NAME} is open at http://{shown}:{port}/")
        if settings.DEMO:
            self.stdout.write(f"  Sign in as {', '.join(demo.SIGN_INS)}, each with the password {demo.PASSWORD}")
        elif not _has_admin():
            self.stdout.write(
                "  It has no admin yet: run `bookplate createsuperuser` (or `python manage.py createsuperuser`)."
            )
        self.stdout.write(f"  The data is in {settings.DATA}")
        if not settings.MAIL_SERVER.host:
            self.stdout.write("  Mails, reminders too, are written here, as BOOKPLATE_MAIL_URL is not set")
        self.stdout.write("  Stop with Ctrl-C\n")
        self.stdout.flush()


def _refuse_what_cannot_be(host: str, workers: int) -> None:
    if settings.DEMO and host not in LOCAL:
        raise CommandError("The demo library has known passwords, so it listens on 127.0.0.1 only. Leave --host away.")
    if settings.DEMO and workers != 1:
        raise CommandError("The demo is served by one process. Leave --workers away.")
    if workers < 1:
        raise CommandError("--workers must be at least 1.")
    if workers > 1 and not settings.REDIS_URL:
        raise CommandError("Several processes tell each other what happened through Redis: set REDIS_URL.")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Several processes may start on one new PostgreSQL at once; SQLite lets one writer in anyway."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [START_LOCK])
        yield
        cursor.execute("SELECT pg_advisory_unlock(%s)", [START_LOCK])


def _has_admin() -> bool:
    return bool(User.objects.filter(role=Role.ADMIN, is_active=True).exists())
