"""`bookplate worker`: do what was put off, such as bringing files in; as many processes as wanted."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from bookplate.catalog.importing.tasks import resume_unfinished
from bookplate.lending import holds
from bookplate.people import privacy

logger = logging.getLogger(__name__)
MINUTE, DAY = 60, 24 * 60 * 60
CHORES = [
    (DAY, privacy.tidy, "What is past its time could not be forgotten today; tomorrow again"),
    (MINUTE, holds.pass_on_expired, "What nobody fetched could not be passed on; in a minute again"),
]


class Command(BaseCommand):
    help = "Do background work (bringing files in). `serve` runs one beside itself; start more where one is not enough."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-eof", action="store_true", help="end when standard input ends, as it does with a parent"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["until_eof"]:
            threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
        for chore in CHORES:
            threading.Thread(target=_every, args=chore, daemon=True).start()
        resume_unfinished()
        call_command("db_worker", verbosity=0, interval=0.5, startup_delay=False, reload=False)


def _every(seconds: float, act: Callable[[], object], trouble: str) -> None:
    while True:
        try:
            act()
        except DatabaseError:
            logger.exception(trouble)
        connection.close()
        time.sleep(seconds)


def _stop_at_end_of_input() -> None:
    # Not sys.stdin: its lock, held by this thread, would break the interpreter's own end.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
