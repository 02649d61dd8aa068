"""`bookplate worker`: do what was put off, such as bringing files in; as many processes as wanted."""

import os
import signal
import threading
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from bookplate.catalog.importing.tasks import resume_unfinished


class Command(BaseCommand):
    help = "Do background work (bringing files in). `serve` runs one beside itself; start more where one is not enough."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-eof", action="store_true", help="end when standard input ends, as it does with a parent"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["until_eof"]:
            threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
        resume_unfinished()
        call_command("db_worker", verbosity=0, interval=0.5, startup_delay=False, reload=False)


def _stop_at_end_of_input() -> None:
    # Not sys.stdin: its lock, held by this thread, would break the interpreter's own end.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
